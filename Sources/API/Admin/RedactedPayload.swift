import HTTP
import JSON
import Postgres
import Queue
import Redis
import Runtime

/// What a job carries, as far as administrators may see it: without secrets, and not without end.
struct RedactedPayload: Sendable {
    private static let most = 16 << 10
    private static let secretWords = [
        "password", "secret", "token", "authorization", "apikey", "api_key", "privatekey", "private_key", "cookie",
        "code", "otp", "signature", "cvv", "card",
    ]

    /// Null where it is not shown.
    private(set) var value: JSONValue = .null
    /// Why it is not shown, or not whole.
    private(set) var remark: String?
    private(set) var bytes = 0

    static func read(of envelope: EnvelopeView, stored: [UInt8]? = nil, on database: Database) async throws -> Self {
        if stored != nil || !envelope.attributes.contains(.payloadStored) { return Self(envelope, stored: stored) }
        guard let found = try await PayloadStore(database: database).load([envelope.id])[envelope.id] else {
            return Self(remark: "it lies in PostgreSQL no more")
        }
        return Self(envelope, stored: found)
    }

    init(remark: String) { self.remark = remark }

    /// `stored` is what was too large for the envelope.
    init(_ envelope: EnvelopeView, stored: [UInt8]?) {
        let payload = stored ?? envelope.payload.toArray()
        bytes = payload.count
        if envelope.attributes.contains(.encrypted) {
            remark = "sealed: yardctl jobs show --reveal opens it"
        } else if payload.count > Self.most {
            remark = "larger than is shown here: yardctl jobs show prints it"
        } else if let read = try? JSONCoder.decode(JSONValue.self, from: payload) {
            value = Self.redacted(read)
        } else {
            remark = "not JSON"
        }
    }

    static func redacted(_ value: JSONValue) -> JSONValue {
        switch value {
        case .object(let members):
            .object(
                members.reduce(into: [:]) { shown, member in
                    shown[member.key] = isSecret(member.key) ? .string("•••") : redacted(member.value)
                })
        case .array(let elements): .array(elements.map(redacted))
        default: value
        }
    }

    /// By its last words, so that `countryCode` hides with `code`: rather too much than too little.
    private static func isSecret(_ name: String) -> Bool {
        let name = name.lowercased()
        return secretWords.contains { name.hasSuffix($0) }
    }
}

extension RedactedPayload: Representable {
    static let representation = Representation<RedactedPayload>(
        "RedactedPayload", "What a job carries, without secrets.",
        [
            .member("value", "Null where it is not shown.") { $0.value },
            .member("remark", "Why it is not shown.") { $0.remark },
            .member("bytes") { $0.bytes },
        ])
}
