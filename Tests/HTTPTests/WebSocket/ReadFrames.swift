import Runtime

@testable import HTTP

/// What a reader made of some bytes: events in words, then the fault if there was one.
struct Reading: Equatable {
    var events: [String] = []
    var fault: CloseCode?

    /// Gives the bytes in pieces, and what is left of one in front of the next, as a connection does.
    init(_ pieces: [[UInt8]], limit: Int = 1024, mayBeCompressed: Bool = false) {
        var reader = MessageReader(limit: limit, mayBeCompressed: mayBeCompressed)
        let bench = Workbench()
        var waiting: [UInt8] = []
        for piece in pieces {
            waiting += piece
            let used = waiting.withUnsafeBytes { Self.read($0, with: &reader, bench, into: &self) }
            waiting.removeFirst(used)
            if fault != nil { return }
        }
    }

    private static func read(
        _ bytes: UnsafeRawBufferPointer, with reader: inout MessageReader, _ bench: Workbench,
        into reading: inout Reading
    ) -> Int {
        var used = 0
        do {
            while true {
                let step = try reader.next(in: UnsafeRawBufferPointer(rebasing: bytes[used...]), using: bench)
                used += step.used
                guard let event = step.event else { return used }
                reading.events.append(words(event))
            }
        } catch {
            reading.fault = error.code
            return used
        }
    }

    private static func words(_ event: MessageReader.Event) -> String {
        switch event {
        case .message(let message) where message.kind == .text:
            "text " + String(decoding: message.bytes, as: UTF8.self)
        case .message(let message): "binary \([UInt8](message.bytes))"
        case .ping(let payload): "ping " + String(decoding: payload, as: UTF8.self)
        case .pong: "pong"
        case .close(let code): "close \(code)"
        }
    }
}

/// Some bytes, one at a time.
func singly(_ bytes: [UInt8]) -> [[UInt8]] { bytes.map { [$0] } }
