import APIFrame
import Model
import Runtime
import Testing

struct APIConfigTests {
    @Test(
        arguments: [
            ([:], "http://127.0.0.1:8080"), (["PORT": "9123"], "http://127.0.0.1:9123"),
            (["LISTEN": "0.0.0.0:9123", "PORT": "1"], "http://127.0.0.1:9123"),
            (["LISTEN": "192.0.2.7:80"], "http://192.0.2.7:80"),
            (["LISTEN": "[2001:db8::7]:80"], "http://[2001:db8::7]:80"),
            (["LISTEN": "unix:/run/api.sock", "PORT": "9123"], "http://127.0.0.1:9123"),
            (["PORT": "9123", "API_URL": "https://api.example.org"], "https://api.example.org"),
        ] as [([String: String], String)])
    func `clients are sent to where the API listens, unless it is told otherwise`(
        variables: [String: String], address: String
    ) throws {
        var reader = ConfigReader(variables)
        #expect(try reader.load(APIConfig.self).address == address)
        var places = ConfigReader(variables)
        #expect(try places.load(Places.self).api == address)
    }
}
