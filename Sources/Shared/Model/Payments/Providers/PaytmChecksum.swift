import Crypto

/// Paytm's signatures: a salted hash, encrypted with the merchant's key.
package enum PaytmChecksum {
    private static let iv = Array("@@@@&&&&####$$$$".utf8)
    private static let letters = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789".utf8)

    /// Of the exact text of a JSON body.
    package static func sign(_ text: [UInt8], key: String) -> String {
        let salt = SecureRandom.bytes(4).map { letters[Int($0) % letters.count] }
        return Base64.encode(AESCBC.encrypt(hash(text, salt), key: key, iv: iv))
    }

    /// Whatever is not as it should be is simply no signature.
    package static func verify(_ text: [UInt8], _ checksum: String, key: String) -> Bool {
        guard let sealed = Base64.decode(checksum), sealed.count == 80 || sealed.count % 16 == 0, !sealed.isEmpty,
            [16, 32].contains(key.utf8.count), let plain = AESCBC.decrypt(sealed, key: key, iv: iv), plain.count == 68
        else { return false }
        return constantTimeEqual(hash(text, Array(plain.suffix(4))), plain)
    }

    /// What is signed of a form: its values in the order of their names.
    package static func text(of fields: [String: String]) -> [UInt8] {
        let names = fields.keys.filter { $0 != "CHECKSUMHASH" }.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        let values = names.map { name in
            let value = fields[name] ?? ""
            return value.lowercased() == "null" ? "" : value
        }
        return Array(values.joined(separator: "|").utf8)
    }

    private static func hash(_ text: [UInt8], _ salt: [UInt8]) -> [UInt8] {
        Array(Hex.encode(Hash.sha256(text + [UInt8(ascii: "|")] + salt)).utf8) + salt
    }
}
