/// What a route takes from a request: its parts in the path, the query, the headers and the JSON body, each said once.
///
/// ```swift
/// struct ChangeMember: RouteInput {
///     let conversation: ID<Conversation>
///     let user: ID<User>
///     let role: Role
///     let title: String?
///
///     init(from input: inout InputReader) {
///         conversation = input.path("id", .id())
///         user = input.path("userId", .id())
///         role = input.read("role", .choice())
///         title = input.readIfPresent("title", .text(1...80))
///     }
/// }
/// ```
/// `init` runs once without a request, to learn for the document what is asked for. So it must ask for the same whatever
/// the values are, and do nothing else. What is missing or unfit is stood in for, and the request refused with all that
/// is wrong. The same protocol serves the objects within a body (`.object(Billing.self)`).
public protocol RouteInput: Sendable {
    init(from input: inout InputReader)

    /// Whether names of the query that it does not read are passed over, as where others write the address.
    static var ignoresUnknownQuery: Bool { get }
}

extension RouteInput {
    public static var ignoresUnknownQuery: Bool { false }
}

/// For routes that take nothing.
public struct NoInput: RouteInput {
    init() {}
    public init(from input: inout InputReader) {}
}

extension RouteInput {
    /// Made of stand-ins.
    static var placeholder: Self {
        var reader = InputReader(describing: InputDescription())
        return Self(from: &reader)
    }
}

/// What a `PATCH` says of one member: an absent one stays as it is, `null` takes it away.
public enum Change<Value: Sendable>: Sendable {
    case keep
    case clear
    case set(Value)

    /// What there is afterwards, `before` being what there was.
    public func applied(to before: Value?) -> Value? {
        switch self {
        case .keep: before
        case .clear: nil
        case .set(let value): value
        }
    }
}
