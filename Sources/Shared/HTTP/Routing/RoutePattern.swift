/// A path with parameters: `/users/{id}`, `/invoices/{id}.pdf`.
public struct RoutePattern: Sendable, Hashable, CustomStringConvertible {
    enum Segment: Sendable, Hashable {
        case literal(String)
        /// A parameter that fills the segment up to the suffix, which is mostly empty.
        case parameter(String, suffix: String)
    }

    /// As OpenAPI writes it too.
    public let description: String
    let segments: [Segment]

    /// A pattern that is none is a programmer's mistake.
    public init(_ text: String) {
        precondition(text.hasPrefix("/"), "\(text) does not begin with a slash")
        description = text
        segments =
            text == "/"
            ? [] : text.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map(Self.segment)
        precondition(Set(names).count == names.count, "\(text) names a parameter twice")
    }

    /// The parameters, in their order.
    public var names: [String] {
        segments.compactMap { segment in
            if case .parameter(let name, _) = segment { name } else { nil }
        }
    }

    public func prefixed(with prefix: String) -> RoutePattern {
        RoutePattern(description == "/" ? prefix : prefix + description)
    }

    private static func segment(_ text: Substring) -> Segment {
        precondition(!text.isEmpty, "a path has an empty segment")
        guard text.first == "{", let end = text.firstIndex(of: "}") else {
            precondition(!text.contains("{") && !text.contains("%"), "\(text) is no segment of a path")
            return .literal(String(text))
        }
        let name = text[text.index(after: text.startIndex)..<end]
        let suffix = text[text.index(after: end)...]
        precondition(!name.isEmpty && !suffix.contains("{"), "\(text) is no segment of a path")
        return .parameter(String(name), suffix: String(suffix))
    }
}
