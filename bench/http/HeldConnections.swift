import BenchSupport
import Glibc
import Runtime

/// Thousands of connections that are opened, asked one thing, and left alone. Each is a descriptor here, and no more.
final class HeldConnections {
    /// From one address the server takes so many.
    private static let perAddress = 400

    private var descriptors: [Int32] = []

    /// Sends `request` on each and waits for an answer that begins as it should.
    init(_ count: Int, to server: WebProcess, request: String, expecting start: String) throws {
        raiseDescriptorLimit()
        let target = try SocketAddress(numericHost: "127.0.0.1", port: server.port)
        for number in 0..<count {
            let host = "127.0.\(1 + number / Self.perAddress).1"
            let descriptor = try Self.open(from: SocketAddress(numericHost: host, port: 0), to: target)
            descriptors.append(descriptor)
            try Self.ask(request, start, on: descriptor)
        }
    }

    deinit {
        for descriptor in descriptors { close(descriptor) }
    }

    /// Whether the server has closed any of them.
    var areAllOpen: Bool {
        descriptors.allSatisfy { descriptor in
            var byte: UInt8 = 0
            return recv(descriptor, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT)) != 0
        }
    }

    private static func open(from source: SocketAddress, to target: SocketAddress) throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0, source.withAddress({ bind(descriptor, $0, $1) }) == 0,
            target.withAddress({ connect(descriptor, $0, $1) }) == 0
        else { throw SystemError.last("connect") }
        return descriptor
    }

    private static func ask(_ request: String, _ start: String, on descriptor: Int32) throws {
        guard send(descriptor, request, request.utf8.count, Int32(MSG_NOSIGNAL)) == request.utf8.count else {
            throw SystemError.last("send")
        }
        var bytes = [UInt8](repeating: 0, count: 8192)
        let count = max(0, recv(descriptor, &bytes, bytes.count, 0))
        let answer = String(decoding: bytes[..<count], as: UTF8.self)
        guard answer.hasPrefix(start) else {
            throw Program.Failed(description: "the answer was not \(start) but \(answer)")
        }
    }
}

private func raiseDescriptorLimit() {
    var limit = rlimit()
    let files = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    guard getrlimit(files, &limit) == 0 else { return }
    limit.rlim_cur = limit.rlim_max
    _ = setrlimit(files, &limit)
}
