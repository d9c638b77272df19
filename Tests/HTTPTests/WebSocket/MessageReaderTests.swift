import Runtime
import TestSupport
import Testing

@testable import HTTP

struct MessageReaderTests {
    @Test(arguments: FrameCase.all) func `frames become messages or faults`(_ frames: FrameCase) {
        let reading = Reading([frames.bytes])
        #expect(reading.events == frames.events)
        #expect(reading.fault == frames.fault)
    }

    @Test(arguments: FrameCase.all) func `the same holds byte by byte`(_ frames: FrameCase) {
        let reading = Reading(singly(frames.bytes))
        #expect(reading.events == frames.events)
        #expect(reading.fault == frames.fault)
    }

    @Test func `a fault is said at the first byte that shows it`() {
        let header = ClientFrame(.binary, [UInt8](repeating: 0, count: 2000)).bytes
        #expect(Reading([[0x83]]).fault == .protocolError)
        #expect(Reading([Array(header.prefix(8))]).fault == .tooLarge)
        #expect(Reading([Array(ClientFrame(.text, [0xFF, 0x61, 0x61]).bytes.prefix(7))]).fault == .invalidPayload)
    }

    @Test func `messages come out whole, however they are cut`() {
        var seed = Seed()
        for _ in 0..<(Soak.isOn ? 20_000 : 400) {
            let conversation = Conversation.random(using: &seed)
            let pieces = conversation.bytes.cut(using: &seed)
            let reading = Reading(pieces, limit: 1 << 20, mayBeCompressed: true)
            #expect(reading.fault == nil)
            #expect(reading.events == conversation.events)
        }
    }

    @Test func `any bytes are read without a trap`() {
        var seed = Seed()
        for _ in 0..<(Soak.isOn ? 200_000 : 5000) {
            var bytes = (0..<Int.random(in: 1...60, using: &seed)).map { _ in UInt8.random(in: 0...255, using: &seed) }
            // Mostly something that is not refused at once.
            bytes[0] &= 0xC3
            if bytes.count > 1 { bytes[1] |= 0x80 }
            let whole = Reading([bytes], limit: 40, mayBeCompressed: true)
            #expect(whole == Reading(singly(bytes), limit: 40, mayBeCompressed: true))
        }
    }
}

/// Messages, cut into frames with control frames between them.
private struct Conversation {
    var bytes: [UInt8] = []
    var events: [String] = []

    static func random(using seed: inout Seed) -> Conversation {
        var conversation = Conversation()
        for _ in 0..<Int.random(in: 1...6, using: &seed) { conversation.addMessage(using: &seed) }
        return conversation
    }

    private mutating func addMessage(using seed: inout Seed) {
        let text = randomText(using: &seed)
        let isText = Bool.random(using: &seed)
        let isCompressed = Bool.random(using: &seed)
        let payload = isCompressed ? deflated(text) : Array(text.utf8)
        let parts = payload.cut(using: &seed)
        for (index, part) in parts.enumerated() {
            let opcode: FrameHeader.Opcode = index > 0 ? .continuation : isText ? .text : .binary
            var frame = ClientFrame(opcode, part)
            frame.isFinal = index == parts.count - 1
            frame.mask = (0..<4).map { _ in UInt8.random(in: 0...255, using: &seed) }
            if isCompressed, index == 0 { frame = frame.compressed }
            bytes += frame.bytes
            if !frame.isFinal, Int.random(in: 0..<4, using: &seed) == 0 { addPing() }
        }
        events.append(isText ? "text \(text)" : "binary \(Array(text.utf8))")
    }

    private mutating func addPing() {
        bytes += ClientFrame(.ping, "between").bytes
        events.append("ping between")
    }
}

private func randomText(using seed: inout Seed) -> String {
    let characters = Array("abc dé ж € 漢 😀")
    return String(
        (0..<Int.random(in: 0...400, using: &seed)).map { _ in characters.randomElement(using: &seed) ?? "x" })
}

private func deflated(_ text: String) -> [UInt8] {
    var output = ByteBuffer()
    Array(text.utf8).withUnsafeBytes { Deflater().deflate($0, to: &output) }
    return output.toArray()
}

extension [UInt8] {
    /// In pieces of random lengths, some of them empty.
    fileprivate func cut(using seed: inout Seed) -> [[UInt8]] {
        var pieces: [[UInt8]] = []
        var rest = self[...]
        repeat {
            let longest = [3, 20, 300][Int.random(in: 0..<3, using: &seed)]
            let piece = rest.prefix(Int.random(in: 0...longest, using: &seed))
            pieces.append([UInt8](piece))
            rest = rest.dropFirst(piece.count)
        } while !rest.isEmpty
        return pieces
    }
}
