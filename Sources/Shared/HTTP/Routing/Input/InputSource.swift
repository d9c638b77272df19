import JSON

/// What a request brings, before a route reads it.
public struct InputSource {
    let names: [String]
    let values: [Substring]
    let query: QueryParameters
    let headers: RequestHeaders

    public init(names: [String] = [], values: [Substring] = [], query: QueryParameters, headers: RequestHeaders) {
        self.names = names
        self.values = values
        self.query = query
        self.headers = headers
    }

    func pathParameter(_ name: StaticString) -> Substring? {
        for index in names.indices where name == names[index] { return values[index] }
        return nil
    }
}

/// Why an input cannot be used.
public enum InputFault: Error {
    /// The body is no JSON: what exactly.
    case malformed(String)
    /// The query has an escape that is none.
    case brokenQuery
    /// The query has names that the route does not know.
    case unknownQuery([JSONProblem])
    /// The path names nothing that there can be.
    case nowhere
    /// All that is wrong with the values.
    case unfit([JSONProblem])
}

extension RouteInput {
    /// For reading inputs that are no requests; see `InputDescription.plan`.
    public static var plan: InputPlan { InputDescription(of: Self.self).plan }

    /// Reads all that the route asks for. `body` is nil where the route has none, or may do without.
    public static func read(
        _ source: InputSource, body: UnsafeRawBufferPointer?, _ plan: InputPlan
    ) throws(InputFault) -> Self {
        var reader = InputReader(source, body: body, plan)
        let value = Self(from: &reader)
        try reader.verdict()
        return value
    }
}

extension StaticString {
    static func == (name: StaticString, text: String) -> Bool {
        text.utf8.count == name.utf8CodeUnitCount
            && text.utf8.elementsEqual(UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
    }
}
