/// A stored password: `$argon2id$v=19$m=19456,t=2,p=1$salt$tag`.
public struct PasswordHash: Sendable, Equatable {
    public let cost: Argon2Cost
    let salt: [UInt8]
    let tag: [UInt8]

    init(cost: Argon2Cost, salt: [UInt8], tag: [UInt8]) {
        self.cost = cost
        self.salt = salt
        self.tag = tag
    }

    /// Nil for another algorithm, another version, and costs beyond reason.
    public init?(_ text: String) {
        let parts = text.split(separator: "$", omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0].isEmpty, parts[1] == "argon2id", parts[2] == "v=19",
            let cost = Argon2Cost(phc: parts[3]), let salt = PasswordHash.decode(parts[4]),
            let tag = PasswordHash.decode(parts[5]), (8...64).contains(salt.count), (16...64).contains(tag.count)
        else { return nil }
        self.init(cost: cost, salt: salt, tag: tag)
    }

    public var text: String {
        "$argon2id$v=19$m=\(cost.kibibytes),t=\(cost.passes),p=\(cost.lanes)"
            + "$\(PasswordHash.encode(salt))$\(PasswordHash.encode(tag))"
    }

    // PHC texts have Base64 of the usual alphabet without padding.
    private static func encode(_ bytes: [UInt8]) -> String {
        String(Base64.encode(bytes).prefix { $0 != "=" })
    }

    private static func decode(_ text: Substring) -> [UInt8]? {
        text.contains("=") ? nil : Base64.decode(text + String(repeating: "=", count: (4 - text.utf8.count % 4) % 4))
    }
}

extension Argon2Cost {
    fileprivate init?(phc text: Substring) {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        guard parts.count == 3, let kibibytes = Argon2Cost.number("m=", parts[0]),
            let passes = Argon2Cost.number("t=", parts[1]), let lanes = Argon2Cost.number("p=", parts[2])
        else { return nil }
        self.init(kibibytes: kibibytes, passes: passes, lanes: lanes)
        guard isSane else { return nil }
    }

    private static func number(_ name: String, _ text: Substring) -> UInt32? {
        guard text.hasPrefix(name), let value = UInt32(text.dropFirst(2)), "\(value)" == text.dropFirst(2) else {
            return nil
        }
        return value
    }
}
