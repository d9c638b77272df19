/// What an input asks for, found by letting it read without a request.
public struct InputDescription: Sendable {
    public enum Place: String, Sendable {
        case path, query, header
    }

    public struct Parameter: Sendable {
        public let name: String
        public let place: Place
        public let isRequired: Bool
        public let schema: JSONSchema
    }

    public private(set) var parameters: [Parameter] = []
    public private(set) var members: [JSONSchema.Member] = []
    private(set) var name = ""
    public private(set) var ignoresUnknownQuery = false
    private var schemas: [InputPlan.Entry] = []

    init() {}

    init<Input: RouteInput>(of input: Input.Type) {
        var reader = InputReader(describing: InputDescription())
        _ = Input(from: &reader)
        self = reader.finishDescription()
        name = Self.name(of: input)
        ignoresUnknownQuery = Input.ignoresUnknownQuery
    }

    public var hasBody: Bool { !members.isEmpty }
    /// Whether a request without a body is refused.
    public var needsBody: Bool { members.contains(where: \.isRequired) }
    public var body: JSONSchema { .object(members) }
    public var namedBody: JSONSchema { .named(name) { [body] in body } }

    /// For reading: what was made here needs not be made again.
    public var plan: InputPlan { InputPlan(schemas: schemas, hasBody: hasBody) }

    public func parameters(in place: Place) -> [Parameter] { parameters.filter { $0.place == place } }

    mutating func add(_ parameter: Parameter) {
        precondition(
            !parameters.contains { $0.name == parameter.name && $0.place == parameter.place },
            "the \(parameter.place) parameter \(parameter.name) is asked for twice")
        parameters.append(parameter)
    }

    mutating func add(_ schema: InputPlan.Entry) { schemas.append(schema) }

    mutating func add(_ member: JSONSchema.Member) {
        precondition(!members.contains { $0.name == member.name }, "the member \(member.name) is asked for twice")
        members.append(member)
    }

    /// The type's own name, without those it lies in.
    static func name(of type: any RouteInput.Type) -> String { "\(type)" }
}
