import JSON

/// 201 with the new resource.
public struct Created<Value: SchemaBearing>: RouteOutput {
    public let value: Value
    /// Where it can be read from now on: the header `Location`.
    public let location: String?

    public init(_ value: Value, at location: String? = nil) {
        self.value = value
        self.location = location
    }

    public static var answers: [DeclaredAnswer] {
        var answer = DeclaredAnswer.json(201, Value.schema)
        answer.headers = [.init(name: "Location", text: "Where the new resource is.", schema: .string())]
        return [answer]
    }

    public func answer() throws -> Response {
        var response = try Response.json(201, value)
        response.headers["Location"] = location
        return response
    }
}

/// 201 with a new resource, or 200 with the one that was there already.
public enum CreatedOrFound<Value: SchemaBearing>: RouteOutput {
    case created(Value)
    case found(Value)

    public static var answers: [DeclaredAnswer] {
        [.json(201, Value.schema), .json(200, Value.schema, "It was there already")]
    }

    public func answer() throws -> Response {
        switch self {
        case .created(let value): try .json(201, value)
        case .found(let value): try .json(200, value)
        }
    }
}

/// 202: what was asked for will happen.
public struct Accepted<Value: SchemaBearing>: RouteOutput {
    public let value: Value

    public init(_ value: Value) { self.value = value }

    public static var answers: [DeclaredAnswer] { [.json(202, Value.schema)] }

    public func answer() throws -> Response { try .json(202, value) }
}

/// 204.
public struct NoContent: RouteOutput {
    public init() {}

    public static var answers: [DeclaredAnswer] { [DeclaredAnswer(204)] }

    public func answer() -> Response { Response(204) }
}

/// 302 to elsewhere: sign-in with others begins so.
public struct Redirect: RouteOutput {
    public let location: String
    /// Cookies that go with it.
    public var headers: HTTPHeaders

    public init(to location: String, headers: HTTPHeaders = [:]) {
        self.location = location
        self.headers = headers
    }

    public static var answers: [DeclaredAnswer] {
        [
            DeclaredAnswer(
                302, headers: [.init(name: "Location", text: "Where to go on.", schema: .string(format: "uri"))])
        ]
    }

    public func answer() -> Response {
        var response = Response(302, headers: headers)
        response.headers["Location"] = location
        return response
    }
}

/// A part of a list: `{"data":[…],"nextCursor":"…"|null,"hasMore":bool}`.
public struct Page<Element: SchemaBearing>: SchemaBearing, RouteOutput {
    public let elements: [Element]
    /// Where the next page begins; nil after the last one.
    public let nextCursor: String?

    public init(_ elements: [Element], nextCursor: String? = nil) {
        self.elements = elements
        self.nextCursor = nextCursor
    }

    public static var schema: JSONSchema {
        .object([
            JSONSchema.Member("data", .array(of: Element.schema)),
            JSONSchema.Member(
                "nextCursor", String.schema.orNull.described("What to pass as `cursor` for the next page.")),
            JSONSchema.Member("hasMore", .bool),
        ])
    }

    public func write(json: inout JSONWriter) {
        json.object { json in
            json.member("data", elements)
            json.member("nextCursor", nextCursor)
            json.member("hasMore", nextCursor != nil)
        }
    }

    public static var answers: [DeclaredAnswer] { [.json(200, schema)] }

    public func answer() throws -> Response { try .json(200, self) }
}
