/// Names one version of a resource: `"abc"`, or `W/"abc"` when versions of one name may differ in their bytes.
public struct EntityTag: Hashable, Sendable, CustomStringConvertible {
    public let opaque: String
    public let isWeak: Bool

    public init(_ opaque: String, isWeak: Bool = false) {
        self.opaque = opaque
        self.isWeak = isWeak
    }

    /// As it stands in a field; nil when it is none.
    init?(field text: some StringProtocol) {
        let isWeak = text.hasPrefix("W/")
        let quoted = isWeak ? text.dropFirst(2)[...] : text[...]
        guard quoted.utf8.count >= 2, quoted.first == "\"", quoted.last == "\"" else { return nil }
        let opaque = quoted.dropFirst().dropLast()
        guard opaque.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x22 && $0 != 0x7F }) else { return nil }
        self.init(String(opaque), isWeak: isWeak)
    }

    public var description: String { "\(isWeak ? "W/" : "")\"\(opaque)\"" }

    func matchesStrongly(_ other: EntityTag) -> Bool { !isWeak && !other.isWeak && opaque == other.opaque }

    func matchesWeakly(_ other: EntityTag) -> Bool { opaque == other.opaque }

    /// All tags of a list such as `"a", W/"b"`; a comma within quotes is no comma.
    static func list(_ text: String) -> [EntityTag] {
        var tags: [EntityTag] = []
        var rest = text[...]
        while let open = rest.firstIndex(of: "\"") {
            let isWeak = rest[..<open].hasSuffix("W/")
            let after = rest.index(after: open)
            guard let close = rest[after...].firstIndex(of: "\"") else { break }
            tags.append(EntityTag(String(rest[after..<close]), isWeak: isWeak))
            rest = rest[rest.index(after: close)...]
        }
        return tags
    }
}
