import Runtime

/// What few jobs carry: each only takes room where it is set.
package struct EnvelopeOptions: Hashable, Sendable {
    package var trace: TraceContext?
    package var requestID: String?
    /// When it was meant to run, if not at once.
    package var runAt: Timestamp?
    package var expiresAt: Timestamp?
    package var parkedSince: Timestamp?
    /// Why it was parked last.
    package var obstacle: Obstacle?
    /// How often it has been dead before.
    package var deaths: UInt8 = 0
    /// The latest failures, oldest first.
    package var errors: [JobFailure] = []

    package init() {}

    package var isEmpty: Bool {
        trace == nil && requestID == nil && runAt == nil && expiresAt == nil && parkedSince == nil && deaths == 0
            && errors.isEmpty
    }

    /// Adds a failure and keeps the first and the last nine: the first often says most.
    package mutating func add(_ failure: JobFailure) {
        errors.append(failure)
        if errors.count > 10 { errors.remove(at: 1) }
    }
}

/// One failed run.
package struct JobFailure: Hashable, Sendable {
    package let at: Timestamp
    /// Which run it was, from 1.
    package let attempt: UInt8
    /// The type of the error: what failures are grouped by, together with the text's shape.
    package let type: String
    package let message: String

    package init(at: Timestamp, attempt: UInt8, type: String, message: String) {
        self.at = at
        self.attempt = attempt
        self.type = type.cut(toBytes: 80).storable
        self.message = message.cut(toBytes: 500).storable
    }
}

extension String {
    /// As PostgreSQL can keep it: texts have no zero bytes there, and what a failure says may well have.
    var storable: String { utf8.contains(0) ? replacing("\u{0}", with: "\u{FFFD}") : self }

    /// The start of it that fits. Counted in bytes: one character may have thousands.
    func cut(toBytes limit: Int) -> String {
        guard utf8.count > limit else { return self }
        for count in stride(from: limit, to: limit - 4, by: -1) {
            if let start = String(utf8.prefix(count)) { return start }
        }
        return ""
    }
}
