import JSON

/// 201 with the new resource.
package struct Created<Value: SchemaBearing>: RouteOutput {
    package let value: Value
    /// Where it can be read from now on: the header `Location`.
    package let location: String?

    package init(_ value: Value, at location: String? = nil) {
        self.value = value
        self.location = location
    }

    package static var answers: [DeclaredAnswer] {
        var answer = DeclaredAnswer.json(201, Value.schema)
        answer.headers = [.init(name: "Location", text: "Where the new resource is.", schema: .string())]
        return [answer]
    }

    package func answer() throws -> Response {
        var response = try Response.json(201, value)
        response.headers["Location"] = location
        return response
    }
}

/// 201 with a new resource, or 200 with the one that was there already.
package enum CreatedOrFound<Value: SchemaBearing>: RouteOutput {
    case created(Value)
    case found(Value)

    package static var answers: [DeclaredAnswer] {
        [.json(201, Value.schema), .json(200, Value.schema, "It was there already")]
    }

    package func answer() throws -> Response {
        switch self {
        case .created(let value): try .json(201, value)
        case .found(let value): try .json(200, value)
        }
    }
}

/// 202: what was asked for will happen.
package struct Accepted<Value: SchemaBearing>: RouteOutput {
    package let value: Value

    package init(_ value: Value) { self.value = value }

    package static var answers: [DeclaredAnswer] { [.json(202, Value.schema)] }

    package func answer() throws -> Response { try .json(202, value) }
}

/// 204.
package struct NoContent: RouteOutput {
    package init() {}

    package static var answers: [DeclaredAnswer] { [DeclaredAnswer(204)] }

    package func answer() -> Response { Response(204) }
}

/// 302 to elsewhere: sign-in with others begins so.
package struct Redirect: RouteOutput {
    package let location: String
    /// Cookies that go with it.
    package var headers: HTTPHeaders

    package init(to location: String, headers: HTTPHeaders = [:]) {
        self.location = location
        self.headers = headers
    }

    package static var answers: [DeclaredAnswer] {
        [
            DeclaredAnswer(
                302, headers: [.init(name: "Location", text: "Where to go on.", schema: .string(format: "uri"))])
        ]
    }

    package func answer() -> Response {
        var response = Response(302, headers: headers)
        response.headers["Location"] = location
        return response
    }
}

/// A part of a list: `{"data":[…],"nextCursor":"…"|null,"hasMore":bool}`.
package struct Page<Element: SchemaBearing>: SchemaBearing, RouteOutput {
    package let elements: [Element]
    /// Where the next page begins; nil after the last one.
    package let nextCursor: String?

    package init(_ elements: [Element], nextCursor: String? = nil) {
        self.elements = elements
        self.nextCursor = nextCursor
    }

    package static var schema: JSONSchema {
        .object([
            JSONSchema.Member("data", .array(of: Element.schema)),
            JSONSchema.Member(
                "nextCursor", String.schema.orNull.described("What to pass as `cursor` for the next page.")),
            JSONSchema.Member("hasMore", .bool),
        ])
    }

    package func write(json: inout JSONWriter) {
        json.object { json in
            json.member("data", elements)
            json.member("nextCursor", nextCursor)
            json.member("hasMore", nextCursor != nil)
        }
    }

    package static var answers: [DeclaredAnswer] { [.json(200, schema)] }

    package func answer() throws -> Response { try .json(200, self) }
}
