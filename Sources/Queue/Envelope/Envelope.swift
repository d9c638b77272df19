import Redis
import Runtime

/// One job as it lies in Redis: a fixed header, then what only workers read.
///
/// Byte by byte (Lua counts from 1, this table from 0):
///
///     0       format version
///     1…16    id
///     17      crashes: how often a worker died while it ran
///     18      interruptions: how often it was taken back without a fault of its own
///     19      priority
///     20      claims: what a script must release when the job ends
///     21      attributes: what a worker must know to run it
///     22      attempts that have failed
///     23…     digest of the unique key, 16 bytes, if claimed
///             length and bytes of the key, if claimed
///             length and bytes of the kind, schema version
///             length (2 bytes, big-endian) and bytes of the options, if there are any
///             the payload
package struct Envelope: Sendable {
    static let version: UInt8 = 1
    static let headerSize = 23

    package var id: JobID
    package var crashes: UInt8 = 0
    package var interruptions: UInt8 = 0
    package var priority: Priority = .normal
    package var attributes: Attributes = []
    package var attempts: UInt8 = 0
    package var uniqueDigest: UUID?
    package var key: String?
    package var isTracked = false
    /// The key's place stays taken until the job has ended for good.
    package var isOrdered = false
    package var kind: String
    package var schemaVersion: UInt8
    package var options = EnvelopeOptions()
    package var payload: [UInt8]

    /// What scripts act on.
    package struct Claims: OptionSet, Sendable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }
        package static let unique = Claims(rawValue: 1)
        package static let keyed = Claims(rawValue: 2)
        package static let tracked = Claims(rawValue: 4)
        package static let ordered = Claims(rawValue: 8)
    }

    /// What only workers act on.
    package struct Attributes: OptionSet, Sendable, Hashable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }
        /// A row of the outbox stands for it.
        package static let durable = Attributes(rawValue: 1)
        /// The payload lies in PostgreSQL.
        package static let payloadStored = Attributes(rawValue: 2)
        package static let encrypted = Attributes(rawValue: 4)
        /// The unique key is released when it begins.
        package static let uniqueUntilStarted = Attributes(rawValue: 8)
        /// The unique key ends by itself.
        package static let uniqueForTime = Attributes(rawValue: 16)
        package static let hasOptions = Attributes(rawValue: 128)
    }

    package init(id: JobID, kind: String, schemaVersion: UInt8, payload: [UInt8]) {
        self.id = id
        self.kind = kind
        self.schemaVersion = schemaVersion
        self.payload = payload
    }

    package var claims: Claims {
        var claims: Claims = []
        if uniqueDigest != nil { claims.insert(.unique) }
        if key != nil { claims.insert(.keyed) }
        if isTracked { claims.insert(.tracked) }
        if isOrdered { claims.insert(.ordered) }
        return claims
    }

    /// From now on a row of the outbox stands for it. Each lane has unique keys of its own, told apart by a bit of their
    /// digest: a volatile job that stood for a durable one would take it along when Redis is lost.
    mutating func becomeDurable() {
        attributes.insert(.durable)
        uniqueDigest = uniqueDigest.map { UUID(high: $0.high, low: $0.low | 1) }
    }

    /// Managed jobs end through a script, plain ones by having their slot overwritten.
    package var isManaged: Bool { !claims.isEmpty }

    package var enqueuedAt: Timestamp { id.uuid.time }
}
