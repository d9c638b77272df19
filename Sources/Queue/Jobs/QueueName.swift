/// A queue as code declares it. Two of the same name are the same queue.
package struct QueueName: Sendable, CustomStringConvertible {
    /// How ready jobs wait.
    package enum Style: UInt8, Sendable {
        /// In lists by priority: the fast path.
        case plain
        /// In a list for each key, served in turn: fair between keys, with limits per key.
        case keyed
        /// The same, and strictly one after the other within a key.
        case ordered
    }

    package let name: String
    package let style: Style

    /// A name in the code; a bad one is a mistake of the programmer.
    package init(_ name: StaticString, _ style: Style = .plain) {
        guard let valid = QueueName(checking: "\(name)", style) else { preconditionFailure("bad queue name: \(name)") }
        self = valid
    }

    /// A name from outside: 1 to 64 of `a-z 0-9 _ -`, or nil.
    package init?(checking name: String, _ style: Style = .plain) {
        let isValid = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
            case UInt8(ascii: "_"), UInt8(ascii: "-"): true
            default: false
            }
        }
        guard isValid, (1...64).contains(name.utf8.count) else { return nil }
        self.name = name
        self.style = style
    }

    package var description: String { name }
}

extension QueueName: Hashable {
    package static func == (one: QueueName, other: QueueName) -> Bool { one.name == other.name }
    package func hash(into hasher: inout Hasher) { hasher.combine(name) }
}
