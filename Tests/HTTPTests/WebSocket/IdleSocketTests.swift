import Glibc
import Runtime
import TestSupport
import Testing

@testable import HTTP

struct IdleSocketTests {
    @Test(.measuresMemory) func `2,000 idle WebSockets cost less than a kilobyte each`() async {
        await #expect(processExitsWith: .success) {
            ExitTestProcess.speakUp()
            try allowDescriptors(6000)
            try await SocketServer.run(loops: LoopGroup(count: 1)) { server in
                guard case .tcp(_, let port) = server.http.endpoint else { return }
                var clients = try (0..<500).map { _ in try IdleClient(port: port) }
                let before = Memory.privateKilobytes
                clients += try (0..<2000).map { _ in try IdleClient(port: port) }
                let bytes = (Memory.privateKilobytes - before) * 1024 / 2000
                #expect(bytes < 1024)
                // All of them live.
                try await eventually { server.log.words.count == 2500 }
                for client in clients { client.hangUp() }
                try await eventually { server.log.words.count == 5000 }
            }
        }
    }
}

/// A client that takes nothing of this process but a descriptor.
private struct IdleClient {
    private let descriptor: Int32

    init(port: UInt16) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        let address = try SocketAddress(numericHost: "127.0.0.1", port: port)
        let handshake = SocketClient.handshake
        guard address.withAddress({ connect(descriptor, $0, $1) }) == 0,
            send(descriptor, handshake, handshake.utf8.count, 0) == handshake.utf8.count
        else { throw SystemError.last("connect") }
        var answer = [UInt8](repeating: 0, count: 1024)
        let count = recv(descriptor, &answer, answer.count, 0)
        #expect(count > 12 && answer[9..<12] == [0x31, 0x30, 0x31])
    }

    func hangUp() { close(descriptor) }
}

private func allowDescriptors(_ wanted: rlim_t) throws {
    let files = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    var limit = rlimit()
    getrlimit(files, &limit)
    limit.rlim_cur = min(max(limit.rlim_cur, wanted), limit.rlim_max)
    guard setrlimit(files, &limit) == 0 else { throw SystemError.last("setrlimit") }
}
