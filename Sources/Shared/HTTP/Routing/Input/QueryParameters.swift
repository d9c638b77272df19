import JSON

/// The query of a request, decoded as forms are: `+` is a space.
public struct QueryParameters: Sendable {
    private(set) var pairs: [(name: String, value: Substring)] = []

    public init() {}

    /// Nil when an escape or the text behind it is broken.
    public init?(_ query: String?) {
        guard let query, !query.isEmpty else { return }
        for pair in query.utf8.split(separator: UInt8(ascii: "&")) {
            let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = PercentDecoding.text(Substring(parts[0]), plusIsSpace: true),
                let value = parts.count == 2 ? PercentDecoding.text(Substring(parts[1]), plusIsSpace: true) : ""
            else { return nil }
            pairs.append((String(name), value))
        }
    }

    public var names: [String] { pairs.map(\.name) }

    func value(of name: StaticString) -> Substring? {
        for pair in pairs where name == pair.name { return pair.value }
        return nil
    }

    /// The first value of that name.
    public subscript(name: String) -> Substring? { pairs.first { $0.name == name }?.value }
}

extension QueryParameters {
    /// Refuses names that the route does not know, and those that stand there twice: to ignore either would answer another
    /// question than was asked.
    public func demand(_ names: [String]) throws(InputFault) {
        var seen: Set<String> = []
        var problems: [JSONProblem] = []
        for name in self.names {
            if !names.contains(name) {
                problems.append(JSONProblem(path: name, code: .unknownName, message: "there is no such parameter"))
            } else if !seen.insert(name).inserted {
                problems.append(JSONProblem(path: name, code: .duplicateKey, message: "stands there twice"))
            }
        }
        guard problems.isEmpty else { throw .unknownQuery(problems) }
    }
}
