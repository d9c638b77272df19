import HTTP
import Runtime

extension HTTPServerOptions {
    /// `HTTP_…` and `TRUSTED_PROXIES`: what the server puts up with. 0 switches a number off, for load tests.
    init(from reader: inout ConfigReader) {
        self.init()
        let time = Setting<Duration>.duration(unit: .seconds, in: .milliseconds(10) ... .hours(1))
        let number = Setting<Int>.int(in: 0...1_000_000_000)
        headBytes = reader.read("HTTP_HEADER_BYTES", .bytes(in: 1024...65_535), default: headBytes)
        lineBytes = min(lineBytes, headBytes)
        bodyBytes = reader.read("HTTP_BODY_BYTES", .bytes(in: 1024...1 << 30), default: bodyBytes)
        headTime = reader.read("HTTP_HEADER_TIMEOUT", time, default: headTime)
        idleTime = reader.read("HTTP_IDLE_TIMEOUT", time, default: idleTime)
        connections = Self.unlimited(reader.read("HTTP_CONNECTIONS", number, default: connections))
        let perAddress = reader.read("HTTP_CONNECTIONS_PER_ADDRESS", number, default: connectionsPerAddress ?? 0)
        connectionsPerAddress = perAddress == 0 ? nil : perAddress
        requestsPerConnection = Self.unlimited(
            reader.read("HTTP_REQUESTS_PER_CONNECTION", number, default: requestsPerConnection))
        trustedProxies = reader.readIfSet("TRUSTED_PROXIES", .list(of: .addressRange)) ?? []
    }

    private static func unlimited(_ number: Int) -> Int { number == 0 ? .max : number }
}
