import Glibc
import Runtime

/// One person's WebSocket.
final class Receiver: StreamHandler {
    let person: Crowd.Person
    private let ledger: Ledger
    private var connection: StreamConnection?
    private(set) var isUpgraded = false
    private(set) var isLost = false
    /// Of the last message; later ones have higher ones.
    var lastRev = -1
    /// Which it has got.
    var announcements: Set<Int> = []

    init(_ person: Crowd.Person, _ ledger: Ledger) {
        self.person = person
        self.ledger = ledger
    }

    func open(on connection: StreamConnection, _ domain: isolated LoopDomain) throws {
        self.connection = connection
        try connection.start(self, on: domain)
        connection.write(on: domain) { $0.append(person.opening) }
    }

    func close(on domain: isolated LoopDomain) {
        isLost = true
        connection?.abort(on: domain)
        connection = nil
    }

    func closed(_ connection: StreamConnection, because error: (any Error)?, on domain: isolated LoopDomain) {
        if !isLost { ledger.lostSocket("it was closed: \(error.map { "\($0)" } ?? "in order")") }
        isLost = true
    }

    func received(
        _ bytes: UnsafeRawBufferPointer, from connection: StreamConnection, on domain: isolated LoopDomain
    ) -> Int {
        var used = 0
        if !isUpgraded {
            guard let end = bytes.endOfHead else { return 0 }
            guard bytes.number(at: 9) == 101 else {
                ledger.lostSocket("the upgrade was answered \(String(decoding: bytes.prefix(300), as: UTF8.self))")
                close(on: domain)
                return bytes.count
            }
            isUpgraded = true
            used = end
        }
        while let frame = Frame(bytes, at: used) {
            take(frame, UnsafeRawBufferPointer(rebasing: bytes[frame.payload]), on: domain)
            used = frame.payload.upperBound
        }
        return used
    }

    private func take(_ frame: Frame, _ payload: UnsafeRawBufferPointer, on domain: isolated LoopDomain) {
        switch frame.code {
        case Frame.text: ledger.arrived(payload, at: self, on: domain)
        case Frame.ping:
            // Masked, as a client's have to be: with zeros.
            connection?.write(on: domain) { out in
                out.append([Frame.final | Frame.pong, 0x80 | UInt8(payload.count), 0, 0, 0, 0])
                out.append(payload)
            }
        case Frame.close:
            ledger.lostSocket(
                "the server closed it with \(payload.count >= 2 ? Int(payload[0]) << 8 | Int(payload[1]) : 0)")
            close(on: domain)
        default: break
        }
    }
}

/// A frame as a server sends it: unmasked, and none of ours is in pieces.
private struct Frame {
    static let (text, close, ping, pong): (UInt8, UInt8, UInt8, UInt8) = (1, 8, 9, 10)
    static let final: UInt8 = 0x80

    let code: UInt8
    let payload: Range<Int>

    /// Nil until all of it is there.
    init?(_ bytes: UnsafeRawBufferPointer, at start: Int) {
        guard bytes.count >= start + 2 else { return nil }
        code = bytes[start] & 0x0F
        var (length, head) = (Int(bytes[start + 1]), 2)
        if length == 126 {
            guard bytes.count >= start + 4 else { return nil }
            (length, head) = (Int(bytes[start + 2]) << 8 | Int(bytes[start + 3]), 4)
        } else if length == 127 {
            guard bytes.count >= start + 10 else { return nil }
            length = (2..<10).reduce(0) { $0 << 8 | Int(bytes[start + $1]) }
            head = 10
        }
        guard bytes.count >= start + head + length else { return nil }
        payload = start + head..<start + head + length
    }
}

extension UnsafeRawBufferPointer {
    /// Where what follows a head begins.
    var endOfHead: Int? {
        guard count >= 4 else { return nil }
        for place in 3..<count where self[place] == UInt8(ascii: "\n") && self[place - 2] == UInt8(ascii: "\n") {
            return place + 1
        }
        return nil
    }
}
