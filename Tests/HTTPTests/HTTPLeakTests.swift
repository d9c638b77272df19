import HTTP
import Runtime
import TestSupport
import Testing

struct HTTPLeakTests {
    /// In a process of its own: others open and close things beside it. `SOAK=1` makes it a hundred thousand.
    @Test(.measuresMemory) func `ten thousand exchanges leak neither descriptors nor memory`() async {
        await #expect(processExitsWith: .success) {
            ExitTestProcess.speakUp()
            let peer = try await HTTPPeer()
            let client = HTTPClient(on: LoopGroup(count: 2), LeakLoad.options)
            try await LeakLoad.run(client, peer, rounds: 200)
            let descriptors = FileDescriptors.count
            let rounds = Environment["SOAK"] == "1" ? 10_000 : 1000
            // The test runner keeps a backtrace of each error that was thrown, some 400 bytes a round.
            let limit = 2048 + rounds / 2
            let growth = try await Memory.growth(below: limit) {
                try await LeakLoad.run(client, peer, rounds: rounds)
            }
            try await eventually("as many descriptors as before") { FileDescriptors.count <= descriptors + 16 }
            #expect(growth < limit, "\(growth) KB more")
            await client.shutDown()
        }
    }
}

/// All that allocates: exchanges that are answered, are cut, are too large, are cancelled, time out, go into files.
private enum LeakLoad {
    static var options: HTTPClient.Options {
        var options = HTTPClient.Options()
        options.idleConnections = 8
        options.concurrentPerOrigin = 8
        return options
    }

    static func run(_ client: HTTPClient, _ peer: HTTPPeer, rounds: Int) async throws {
        let folder = try ScratchFolder("leak")
        try await withThrowingTaskGroup { group in
            for lane in 0..<10 {
                group.addTask {
                    for _ in 0..<rounds / 10 { try await round(client, peer, folder.file("\(lane)")) }
                }
            }
            try await group.waitForAll()
        }
    }

    /// Ten exchanges.
    private static func round(_ client: HTTPClient, _ peer: HTTPPeer, _ file: String) async throws {
        let small = HTTPLimits(bodyBytes: 100)
        for _ in 0..<3 { _ = try await client.send(HTTPRequest(.get, peer.url("/hello"))) }
        let body = [UInt8](repeating: 7, count: 5000)
        _ = try await client.send(HTTPRequest(.post, peer.url("/echo"), headers: ["X-A": "b"], body: .bytes(body)))
        _ = try await client.send(HTTPRequest(.get, peer.url("/redirect/302?to=/hello"), redirects: 2))
        _ = try? await client.send(HTTPRequest(.get, peer.url("/cut")))
        _ = try? await client.send(HTTPRequest(.get, peer.url("/size/1024"), limits: small))
        _ = try? await client.send(
            HTTPRequest(.get, peer.url("/slow-body"), limits: HTTPLimits(idle: .milliseconds(5))))
        _ = try await client.download(HTTPRequest(.get, peer.url("/size/10240")), to: file)
        let cancelled = Task { try await client.send(HTTPRequest(.get, peer.url("/slow-head"))) }
        cancelled.cancel()
        _ = await cancelled.result
    }
}
