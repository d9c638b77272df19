import Glibc
import HTTP
import Runtime
import TestSupport
import Testing

/// Many slow clients at once, from an attacker of others' making, while ordinary requests go on.
struct AttackTests {
    private static let connections = 200

    /// Three attacks: heads without end, bodies without end, answers that are hardly read.
    @Test(arguments: [
        ("head", ["-H", "-x", "24", "-l", "20"]), ("body", ["-B", "-s", "100000", "-x", "10", "-l", "20"]),
        ("answer", ["-X", "-w", "1024", "-y", "2048", "-n", "1", "-z", "64", "-k", "10", "-l", "120"]),
    ]) func `slow clients are cut off, and ordinary ones notice nothing`(phase: String, attack: [String]) async throws {
        var options = HTTPServerOptions()
        options.headTime = .seconds(2)
        options.slowTime = .milliseconds(500)
        options.slowestRate = 4096
        options.requestsPerConnection = .max
        let page = [UInt8](repeating: UInt8(ascii: "p"), count: 1 << 20)
        let handler: Handler = { request in
            if request.path == "/ordinary" { return Response(body: .bytes([1])) }
            _ = try await request.body.all(upTo: 1 << 20)
            return Response(body: .bytes(page))
        }
        try await TestServer.run(options, handler) { server in
            let client = try await RawClient.connect(to: server)
            let before = try await Self.ask(client, times: 200)
            let url = "http://\(server.endpoint)/slow"
            let attacker = try TestProcess(
                "slowhttptest",
                attack + ["-c", "\(Self.connections)", "-r", "\(Self.connections)", "-i", "1", "-u", url])
            var during: [Duration] = []
            let most = Double(Self.connections) * 0.8
            var cut = 0.0
            while cut < most, attacker.poll() == nil {
                during += try await Self.ask(client, times: 50)
                cut = try #require(server.metric("http_server_connections_cut_total", "phase=\"\(phase)\""))
            }
            attacker.send(SIGKILL)
            try await attacker.waitForExit()
            print("\(phase): median \(Self.median(before)) before, \(Self.median(during)) under attack")
            #expect(cut >= most, "\(attacker.output.suffix(300))")
            try await eventually("only the ordinary client is left") {
                server.metric("http_server_connections") == 1
            }
        }
    }

    /// How long each of so many requests took; each has to succeed.
    private static func ask(_ client: RawClient, times: Int) async throws -> [Duration] {
        var times = Array(repeating: Duration.zero, count: times)
        for index in times.indices {
            let start = MonotonicTime.now
            await client.send("GET /ordinary HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await client.answer().status == 200)
            times[index] = MonotonicTime.now - start
        }
        return times
    }

    private static func median(_ times: [Duration]) -> Duration { times.sorted()[times.count / 2] }
}
