import Redis
import Runtime

/// An envelope where it lies in a reply: its parts are found, nothing is copied.
package struct EnvelopeView: Sendable {
    package let bytes: RedisBytes
    private let keyRange: Range<Int>
    private let kindRange: Range<Int>
    private let optionsRange: Range<Int>
    private let payloadStart: Int

    /// Nil for whatever is not a whole envelope of a version that we know.
    package init?(_ bytes: RedisBytes) {
        self.bytes = bytes
        let found = bytes.withUnsafeBytes { EnvelopeView.findParts(in: $0) }
        guard let found else { return nil }
        (keyRange, kindRange, optionsRange, payloadStart) = found
    }

    private static func findParts(
        in bytes: UnsafeRawBufferPointer
    ) -> (key: Range<Int>, kind: Range<Int>, options: Range<Int>, payload: Int)? {
        guard bytes.count > Envelope.headerSize, bytes[0] == Envelope.version, bytes[19] <= 2 else { return nil }
        let claims = Envelope.Claims(rawValue: bytes[20])
        var position = Envelope.headerSize
        /// The next part, behind its length of one byte.
        func part() -> Range<Int>? {
            guard position < bytes.count, position + 1 + Int(bytes[position]) <= bytes.count else { return nil }
            let start = position + 1
            position = start + Int(bytes[position])
            return start..<position
        }
        if claims.contains(.unique) { position += 16 }
        guard let key = claims.contains(.keyed) ? part() : 0..<0, let kind = part(), !kind.isEmpty,
            position < bytes.count
        else { return nil }
        position += 1
        guard Envelope.Attributes(rawValue: bytes[21]).contains(.hasOptions) else {
            return (key, kind, 0..<0, position)
        }
        guard position + 2 <= bytes.count else { return nil }
        let start = position + 2
        let end = start + Int(bytes[position]) << 8 + Int(bytes[position + 1])
        return end <= bytes.count ? (key, kind, start..<end, end) : nil
    }

    package var id: JobID {
        bytes.withUnsafeBytes { JobID(UUID(bytes: UnsafeRawBufferPointer(rebasing: $0[1..<17]))) }
    }

    package var crashes: UInt8 { bytes[17] }
    package var interruptions: UInt8 { bytes[18] }
    package var priority: Priority { Priority(rawValue: bytes[19]) ?? .normal }
    package var claims: Envelope.Claims { Envelope.Claims(rawValue: bytes[20]) }
    package var attributes: Envelope.Attributes { Envelope.Attributes(rawValue: bytes[21]) }
    package var attempts: UInt8 { bytes[22] }
    package var isManaged: Bool { bytes[20] != 0 }
    package var schemaVersion: UInt8 { bytes[kindRange.upperBound] }
    package var kind: String { bytes[kindRange].string }
    package var key: String? { claims.contains(.keyed) ? bytes[keyRange].string : nil }
    package var payload: RedisBytes { bytes[payloadStart..<bytes.count] }

    package var uniqueDigest: UUID? {
        guard claims.contains(.unique) else { return nil }
        let start = Envelope.headerSize
        return bytes.withUnsafeBytes { UUID(bytes: UnsafeRawBufferPointer(rebasing: $0[start..<start + 16])) }
    }

    package var hasOptions: Bool { !optionsRange.isEmpty }

    package var options: EnvelopeOptions {
        guard hasOptions else { return EnvelopeOptions() }
        return bytes[optionsRange].withUnsafeBytes { EnvelopeOptions($0) } ?? EnvelopeOptions()
    }

    func isKind(_ kind: UnsafeRawBufferPointer) -> Bool { bytes[kindRange].isEqual(to: kind) }
}

extension Envelope {
    /// The whole of it, for the rare path that changes something.
    package init(_ view: EnvelopeView) {
        self.init(
            id: view.id, kind: view.kind, schemaVersion: view.schemaVersion, payload: view.payload.toArray())
        crashes = view.crashes
        interruptions = view.interruptions
        priority = view.priority
        attributes = view.attributes
        attempts = view.attempts
        uniqueDigest = view.uniqueDigest
        key = view.key
        isTracked = view.claims.contains(.tracked)
        isOrdered = view.claims.contains(.ordered)
        options = view.options
    }
}
