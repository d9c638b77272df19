import Runtime
import TestSupport
import Testing

@testable import HTTP

/// A frame as the server sent it.
struct ServerFrame: Equatable, Sendable {
    let opcode: UInt8
    let isCompressed: Bool
    let payload: [UInt8]

    var text: String { String(decoding: payload, as: UTF8.self) }
    var closeCode: Int? { opcode == 8 && payload.count > 1 ? Int(payload[0]) << 8 | Int(payload[1]) : nil }

    /// The first frame in the bytes, and how many they were; nil while it is not complete.
    static func read(_ bytes: ArraySlice<UInt8>) -> (ServerFrame, Int)? {
        let base = bytes.startIndex
        guard bytes.count > 1 else { return nil }
        let (first, short) = (bytes[base], Int(bytes[base + 1]))
        let start = base + 2 + (short == 126 ? 2 : short == 127 ? 8 : 0)
        guard bytes.endIndex >= start else { return nil }
        let length = short < 126 ? short : bytes[(base + 2)..<start].reduce(0) { $0 << 8 | Int($1) }
        let end = start + length
        guard bytes.endIndex >= end else { return nil }
        let frame = ServerFrame(
            opcode: first & 0x0F, isCompressed: first & 0x40 != 0, payload: Array(bytes[start..<end]))
        return (frame, end - base)
    }
}

/// A client that has shaken hands and then sends whatever it is told to.
struct SocketClient {
    let raw: RawClient

    static let handshake = """
        GET /echo HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
        Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n
        """

    static func open(_ server: TestServer, and more: [ClientFrame] = []) async throws -> SocketClient {
        let client = try await RawClient.connect(to: server)
        await client.send(Array(handshake.utf8) + more.flatMap(\.bytes))
        let answer = try await client.answer()
        try #require(answer.status == 101)
        #expect(answer["Connection"] == "Upgrade")
        #expect(answer["Sec-WebSocket-Accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        return SocketClient(raw: client)
    }

    func send(_ frames: ClientFrame...) async { await raw.send(frames.flatMap(\.bytes)) }

    /// The next frame, whatever it is.
    func frame() async throws -> ServerFrame { try await raw.next { ServerFrame.read($0) } }

    /// The next frame that is no ping. Pings are answered.
    func message() async throws -> ServerFrame {
        while true {
            let frame = try await frame()
            guard frame.opcode == 9 else { return frame }
            await send(ClientFrame(.pong))
        }
    }

    /// The code of the close frame that must come next, with the end of the connection after it.
    func end() async throws -> Int? {
        let frame = try await message()
        #expect(try await raw.rest() == "")
        return frame.closeCode
    }
}
