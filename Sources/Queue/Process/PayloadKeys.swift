import Crypto
import Runtime

/// `JOB_ENCRYPTION_KEYS`: what seals payloads before they reach Redis. Newest first; the older ones still open.
package struct PayloadKeys: ConfigGroup {
    package let keys: SealingKeys?

    package init(from reader: inout ConfigReader) {
        let keys = reader.readIfSet("JOB_ENCRYPTION_KEYS", .list(of: .sealingKey)) ?? []
        if Set(keys.map(\.id)).count < keys.count {
            reader.complain("JOB_ENCRYPTION_KEYS", "has two keys with the same number", example: Self.example)
        }
        self.keys = keys.first.map { newest in
            SealingKeys(current: newest, older: keys.dropFirst().filter { $0.id != newest.id }.uniqued)
        }
    }

    fileprivate static let example = "2:<32 bytes in Base64>,1:<32 bytes in Base64>"
}

extension [SealingKey] {
    /// One key for each number: two are complained of, and must not stop the process before that is said.
    fileprivate var uniqued: [SealingKey] {
        var seen = Set<UInt8>()
        return filter { seen.insert($0.id).inserted }
    }
}

extension Setting where Value == SealingKey {
    /// `1:` and 32 bytes in Base64.
    fileprivate static let sealingKey = Setting(
        example: PayloadKeys.example, placeholder: .random(id: 0), isSecret: true, show: { "key \($0.id)" }
    ) { text throws(ConfigMistake) in
        let parts = text.split(separator: ":", maxSplits: 1)
        guard parts.count == 2, let id = UInt8(parts[0]) else {
            throw ConfigMistake("does not begin with a number from 0 to 255 and a colon")
        }
        guard let bytes = Base64.decode(String(parts[1])), bytes.count == 32,
            let key = try? SealingKey(id: id, secret: SecretBytes(copying: bytes))
        else { throw ConfigMistake("is not 32 bytes in Base64 behind the colon") }
        return key
    }
}
