import Runtime
import TestSupport
import Testing

@testable import HTTP

struct DeflateTests {
    private func deflate(_ bytes: [UInt8]) -> [UInt8] {
        var output = ByteBuffer()
        bytes.withUnsafeBytes { Deflater().deflate($0, to: &output) }
        return output.toArray()
    }

    private func inflate(_ bytes: [UInt8], upTo limit: Int = 1 << 20) throws(WebSocketFault) -> [UInt8] {
        var output = ByteBuffer()
        let inflater = Inflater()
        try bytes.withUnsafeBufferPointer { bytes throws(WebSocketFault) in
            try inflater.inflate(UnsafeRawBufferPointer(bytes), upTo: limit, to: &output)
        }
        return output.toArray()
    }

    @Test(arguments: [0, 1, 100, 4095, 4096, 4097, 100_000])
    func `what is deflated inflates to the same`(count: Int) throws {
        var seed = Seed()
        let random = (0..<count).map { _ in UInt8.random(in: 0...255, using: &seed) }
        let regular = (0..<count).map { UInt8(truncatingIfNeeded: $0 % 97) }
        for bytes in [random, regular, [UInt8](repeating: 1, count: count)] {
            #expect(try inflate(deflate(bytes)) == bytes)
        }
    }

    /// The examples of RFC 7692, section 7.2.3.
    @Test(
        arguments: [
            [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00],
            [0x00, 0x05, 0x00, 0xFA, 0xFF, 0x48, 0x65, 0x6C, 0x6C, 0x6F, 0x00],
            [0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0x00],
            [0xF2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xCA, 0xC9, 0xC9, 0x07, 0x00],
        ] as [[UInt8]])
    func `the forms of Hello inflate`(_ bytes: [UInt8]) throws {
        #expect(try inflate(bytes) == Array("Hello".utf8))
    }

    @Test func `a bomb is stopped at the limit`() {
        let bomb = deflate([UInt8](repeating: 0, count: 10 << 20))
        #expect(bomb.count < 64 << 10)
        let fault = #expect(throws: WebSocketFault.self) { try inflate(bomb, upTo: 64 << 10) }
        #expect(fault?.code == .tooLarge)
    }

    @Test func `what is damaged or cut off is refused`() {
        let whole = deflate(Array(String(repeating: "some text, ", count: 50).utf8))
        for damaged in [[0xFF, 0xFF, 0xFF], Array(whole.dropLast(3)), [0x06]] as [[UInt8]] {
            let fault = #expect(throws: WebSocketFault.self) { try inflate(damaged) }
            #expect(fault?.code == .invalidPayload)
        }
    }

    @Test func `inflated text is checked too, and counts against the limit`() {
        let text = ClientFrame(.text, deflate(Array("Hello".utf8))).compressed
        let noText = ClientFrame(.text, deflate([0x61, 0xFF])).compressed
        let large = ClientFrame(.text, deflate([UInt8](repeating: 0x61, count: 5000))).compressed
        #expect(Reading([text.bytes], mayBeCompressed: true).events == ["text Hello"])
        #expect(Reading([noText.bytes], mayBeCompressed: true).fault == .invalidPayload)
        #expect(Reading([large.bytes], mayBeCompressed: true).fault == .tooLarge)
    }

    @Test func `a message that compression makes longer counts with its own length`() {
        var seed = Seed()
        let random = (0..<1025).map { _ in UInt8.random(in: 0...255, using: &seed) }
        let fits = ClientFrame(.binary, deflate(Array(random.dropLast()))).compressed
        #expect(fits.payload.count > 1024)
        #expect(Reading([fits.bytes], mayBeCompressed: true).events == ["binary \(Array(random.dropLast()))"])
        let tooLong = ClientFrame(.binary, deflate(random)).compressed
        #expect(Reading([tooLong.bytes], mayBeCompressed: true).fault == .tooLarge)
        let announced = ClientFrame(.binary).with { $0.announced = 2000 }.compressed
        #expect(Reading([announced.bytes], mayBeCompressed: true).fault == .tooLarge)
    }

    @Test func `only the first frame of a message says that it is compressed`() {
        let bytes = deflate(Array("Hello".utf8))
        let first = ClientFrame(.text, Array(bytes.prefix(3))).compressed.continued
        let last = ClientFrame(.continuation, Array(bytes.dropFirst(3)))
        #expect(Reading([first.bytes, last.bytes], mayBeCompressed: true).events == ["text Hello"])
        #expect(Reading([first.bytes, last.compressed.bytes], mayBeCompressed: true).fault == .protocolError)
    }

    @Test func `a shared frame is compressed once, and only when that pays`() throws {
        let long = SharedFrame(.text, String(repeating: "message ", count: 100))
        let short = SharedFrame(.text, "short")
        var used = 0
        func deflater() -> Deflater {
            used += 1
            return Deflater()
        }
        let compressed = long.compressed(from: 100, by: deflater())
        #expect(long.compressed(from: 100, by: deflater()) == compressed)
        #expect(short.compressed(from: 100, by: deflater()) == short.plain)
        #expect(used == 1)
        #expect(compressed[0] == 0xC1 && compressed.count < 100)
        #expect(try inflate(Array(compressed.dropFirst(2))) == Array(String(repeating: "message ", count: 100).utf8))
    }

    @Test(arguments: [
        ("permessage-deflate", true), ("permessage-deflate; client_max_window_bits", true),
        ("permessage-deflate; client_max_window_bits=10; server_no_context_takeover", true),
        ("permessage-deflate; server_max_window_bits=15", true),
        ("permessage-deflate; server_max_window_bits=\"12\"", true),
        ("permessage-deflate; server_max_window_bits=8", false),
        ("permessage-deflate; server_max_window_bits=8, permessage-deflate", true),
        ("permessage-deflate; server_max_window_bits", false), ("permessage-deflate; server_max_window_bits=16", false),
        ("permessage-deflate; client_max_window_bits=07", false),
        ("permessage-deflate; client_max_window_bits=", false),
        ("permessage-deflate; unknown", false), ("permessage-deflate; server_no_context_takeover=1", false),
        ("permessage-deflate; client_max_window_bits; client_max_window_bits", false),
        ("x-webkit-deflate-frame", false), ("", false), ("permessage-deflate;", false),
    ])
    func `offers are taken or left`(_ offer: String, isTaken: Bool) {
        #expect((DeflateOffer([offer]) != nil) == isTaken)
    }

    @Test func `the answer names the server's window when the client did`() {
        let both = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"
        #expect(DeflateOffer(["permessage-deflate"])?.answer == both)
        let named = DeflateOffer(["permessage-deflate; server_max_window_bits=13"])
        #expect(named?.answer == "\(both); server_max_window_bits=12")
    }
}
