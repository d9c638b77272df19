import Testing

@testable import HTTP

/// Frames that a client may send, and frames that it may not.
struct FrameCase: Sendable, CustomTestStringConvertible {
    let name: String
    let bytes: [UInt8]
    var events: [String] = []
    var fault: CloseCode?

    var testDescription: String { name }

    init(_ name: String, _ frames: [ClientFrame], _ events: [String] = [], fault: CloseCode? = nil) {
        self.name = name
        bytes = frames.flatMap(\.bytes)
        self.events = events
        self.fault = fault
    }

    static let all = good + against + lengths + texts + closes

    private static let good: [FrameCase] = [
        FrameCase("a text", [ClientFrame(.text, "Hello")], ["text Hello"]),
        FrameCase("an empty text", [ClientFrame(.text)], ["text "]),
        FrameCase("binary", [ClientFrame(.binary, [0, 255])], ["binary [0, 255]"]),
        FrameCase("an empty mask", [ClientFrame(.text, "x").with { $0.mask = [0, 0, 0, 0] }], ["text x"]),
        FrameCase(
            "two messages", [ClientFrame(.text, "a"), ClientFrame(.binary, [1])], ["text a", "binary [1]"]),
        FrameCase(
            "three fragments",
            [
                ClientFrame(.text, "one ").continued, ClientFrame(.continuation, "two ").continued,
                ClientFrame(.continuation, "three"),
            ], ["text one two three"]),
        FrameCase(
            "fragments, all empty",
            [ClientFrame(.text).continued, ClientFrame(.continuation).continued, ClientFrame(.continuation)],
            ["text "]),
        FrameCase(
            "control frames between fragments",
            [
                ClientFrame(.text, "a").continued, ClientFrame(.ping, "p"),
                ClientFrame(.continuation, "b").continued, ClientFrame(.pong, "q"),
                ClientFrame(.continuation, "c"), ClientFrame(.ping),
            ], ["ping p", "pong", "text abc", "ping "]),
        FrameCase(
            "a ping of 125 bytes", [ClientFrame(.ping, String(repeating: "p", count: 125))],
            ["ping " + String(repeating: "p", count: 125)]),
        FrameCase(
            "a message after fragments",
            [ClientFrame(.binary, [1]).continued, ClientFrame(.continuation, [2]), ClientFrame(.text, "t")],
            ["binary [1, 2]", "text t"]),
    ]

    private static let against: [FrameCase] =
        [
            FrameCase("no mask", [ClientFrame(.text, "x").with { $0.mask = nil }], fault: .protocolError),
            FrameCase("no mask on a ping", [ClientFrame(.ping).with { $0.mask = nil }], fault: .protocolError),
            FrameCase("RSV1 without an extension", [ClientFrame(.text, "x").compressed], fault: .protocolError),
            FrameCase("RSV2", [ClientFrame(.text, "x").with { $0.reservedBits = 0x20 }], fault: .protocolError),
            FrameCase("RSV3", [ClientFrame(.text, "x").with { $0.reservedBits = 0x10 }], fault: .protocolError),
            FrameCase("RSV1 on a ping", [ClientFrame(.ping).compressed], fault: .protocolError),
            FrameCase("a fragmented ping", [ClientFrame(.ping).continued], fault: .protocolError),
            FrameCase("a fragmented close", [ClientFrame.close(1000).continued], fault: .protocolError),
            FrameCase("nothing to continue", [ClientFrame(.continuation, "x")], fault: .protocolError),
            FrameCase(
                "a second message inside the first", [ClientFrame(.text, "a").continued, ClientFrame(.text, "b")],
                fault: .protocolError),
            FrameCase(
                "a continuation after the last",
                [ClientFrame(.text, "a").continued, ClientFrame(.continuation, "b"), ClientFrame(.continuation, "c")],
                ["text ab"], fault: .protocolError),
            FrameCase(
                "a fault behind a message", [ClientFrame(.text, "a"), ClientFrame(opcode: 11)], ["text a"],
                fault: .protocolError),
        ]
        + [3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map {
            FrameCase("opcode \($0)", [ClientFrame(opcode: $0)], fault: .protocolError)
        }

    private static func bytes(_ count: Int) -> [UInt8] { [UInt8](repeating: 7, count: count) }

    /// The limit of these readings is 1,024 bytes.
    private static let lengths: [FrameCase] =
        [0, 1, 125, 126, 127, 1023, 1024].map {
            FrameCase("\($0) bytes", [ClientFrame(.binary, bytes($0))], ["binary \(bytes($0))"])
        } + [
            FrameCase("one byte over the limit", [ClientFrame(.binary, bytes(1025))], fault: .tooLarge),
            FrameCase(
                "over the limit in two",
                [ClientFrame(.binary, bytes(1000)).continued, ClientFrame(.continuation, bytes(25))],
                fault: .tooLarge),
            FrameCase(
                "to the limit in two",
                [ClientFrame(.binary, bytes(1000)).continued, ClientFrame(.continuation, bytes(24))],
                ["binary \(bytes(1024))"]),
            FrameCase(
                "125 in two bytes", [ClientFrame(.binary, bytes(125)).with { $0.lengthForm = .medium }],
                fault: .protocolError),
            FrameCase(
                "0 in eight bytes", [ClientFrame(.binary).with { $0.lengthForm = .long }], fault: .protocolError),
            FrameCase(
                "65,535 in eight bytes",
                [ClientFrame(.binary).with { ($0.lengthForm, $0.announced) = (.long, 65_535) }],
                fault: .protocolError),
            FrameCase(
                "65,536 bytes announced", [ClientFrame(.binary).with { $0.announced = 65_536 }], fault: .tooLarge),
            FrameCase(
                "the largest length there is", [ClientFrame(.binary).with { $0.announced = UInt64(Int64.max) }],
                fault: .tooLarge),
            FrameCase(
                "the highest bit of a length", [ClientFrame(.binary).with { $0.announced = UInt64(1) << 63 }],
                fault: .protocolError),
            FrameCase("a ping of 126 bytes", [ClientFrame(.ping, bytes(126))], fault: .protocolError),
            FrameCase(
                "a ping with a long length", [ClientFrame(.ping).with { $0.lengthForm = .long }], fault: .protocolError),
        ]

    private static let texts: [FrameCase] = [
        FrameCase("text of many scripts", [ClientFrame(.text, "aé€😀")], ["text aé€😀"]),
        FrameCase(
            "a character over two fragments",
            [ClientFrame(.text, [0xE2, 0x82]).continued, ClientFrame(.continuation, [0xAC])], ["text €"]),
        FrameCase("a text that ends within a character", [ClientFrame(.text, [0xE2, 0x82])], fault: .invalidPayload),
        FrameCase(
            "fragments that end within a character",
            [ClientFrame(.text, [0x61]).continued, ClientFrame(.continuation, [0xE2, 0x82])],
            fault: .invalidPayload),
        FrameCase(
            "an invalid byte, seen before the end", [ClientFrame(.text, [0x61, 0xFF]).continued],
            fault: .invalidPayload),
        FrameCase("any byte in binary", [ClientFrame(.binary, [0xFF, 0xC0])], ["binary [255, 192]"]),
    ]

    private static let closes: [FrameCase] =
        [
            FrameCase("close", [ClientFrame.close(1000, "bye")], ["close 1000"]),
            FrameCase("close without a code", [ClientFrame(.close)], ["close 1005"]),
            FrameCase("half a close code", [ClientFrame(.close, [3])], fault: .protocolError),
            FrameCase(
                "a close reason that is no text", [ClientFrame(.close, [3, 232, 0xFF])], fault: .invalidPayload),
            FrameCase(
                "close over 125 bytes", [ClientFrame.close(1000, String(repeating: "x", count: 124))],
                fault: .protocolError),
        ]
        + [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999].map {
            FrameCase("close \($0)", [ClientFrame.close($0)], ["close \($0)"])
        }
        + [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535].map {
            FrameCase("close \($0)", [ClientFrame.close($0)], fault: .protocolError)
        }
}
