import Crypto
import Runtime

/// `ENCRYPTION_KEY`: the key of this installation, and older ones that still open what they have sealed. Newest first.
package struct MasterKeys: ConfigGroup {
    struct Key: Sendable {
        let id: UInt8
        let secret: SecretBytes
    }

    let keys: [Key]

    package init(from reader: inout ConfigReader) {
        let text = reader.secret(
            "ENCRYPTION_KEY", .masterKeys, inDevelopment: "switchyard-development-encryption-key")
        keys = (try? Self.parse(text.exposed)) ?? []
    }

    init(_ keys: [Key]) { self.keys = keys }

    /// Keys for one purpose, for what has to be signed elsewhere.
    package func derived(for purpose: String) -> [SecretBytes] {
        keys.map { HKDF.derive(from: $0.secret, purpose: "switchyard.\(purpose)", count: 32) }
    }

    /// Keys between commas: a number and a colon, then 32 bytes in Base64 or any long text. A text without a number, as
    /// earlier systems had it, is key 1.
    fileprivate static func parse(_ text: String) throws(ConfigMistake) -> [Key] {
        var keys: [Key] = []
        for part in isNumbered(text[...]) ? text.split(separator: ",") : ["1:\(text)"] {
            let words = part.split(separator: ":", maxSplits: 1)
            guard isNumbered(part), let id = UInt8(words[0]), words.count == 2 else {
                throw ConfigMistake("has a key without a number from 0 to 255 and a colon")
            }
            guard words[1].utf8.count >= 32 else { throw ConfigMistake("has a key of less than 32 characters") }
            keys.append(Key(id: id, secret: secret32(String(words[1]))))
        }
        guard Set(keys.map(\.id)).count == keys.count else {
            throw ConfigMistake("has two keys with the same number: write 2:<new>,1:<old>")
        }
        return keys
    }

    private static func isNumbered(_ text: Substring) -> Bool {
        let digits = text.utf8.prefix { $0.isDigit }.count
        return digits > 0 && text.utf8.dropFirst(digits).first == UInt8(ascii: ":")
    }

    private static func secret32(_ text: String) -> SecretBytes {
        if let bytes = Base64.decode(text), bytes.count == 32 { return SecretBytes(copying: bytes) }
        return HKDF.derive(from: text, purpose: "switchyard.master", count: 32)
    }
}

extension Setting where Value == Secret {
    fileprivate static let masterKeys = Setting(
        example: "1:<32 random bytes in Base64>", placeholder: Secret(""), isSecret: true
    ) { text throws(ConfigMistake) in
        _ = try MasterKeys.parse(text)
        return Secret(text)
    }
}
