import JSON

/// What a route answers when all went well.
package protocol RouteOutput: SendableMetatype {
    /// Every answer that `answer()` may give.
    static var answers: [DeclaredAnswer] { get }
    func answer() throws -> Response
}

/// One answer as the document shows it.
package struct DeclaredAnswer: Sendable {
    package struct Content: Sendable {
        package let type: String
        package let schema: JSONSchema
    }

    package struct Header: Sendable {
        package let name: String
        package let text: String
        package let schema: JSONSchema
    }

    package let status: Int
    package let text: String
    /// One of these; none where there is no body.
    package var contents: [Content] = []
    package var headers: [Header] = []

    package init(_ status: Int, _ text: String? = nil, contents: [Content] = [], headers: [Header] = []) {
        self.status = status
        self.text = text ?? HTTPStatus.phrase(status)
        self.contents = contents
        self.headers = headers
    }

    package static func json(_ status: Int, _ schema: JSONSchema, _ text: String? = nil) -> DeclaredAnswer {
        DeclaredAnswer(status, text, contents: [Content(type: "application/json", schema: schema)])
    }

    /// Bytes of some kind: a page, a file.
    package static func bytes(_ status: Int, type: String, _ text: String? = nil) -> DeclaredAnswer {
        DeclaredAnswer(status, text, contents: [Content(type: type, schema: .string())])
    }
}

extension Response {
    /// A JSON body of that value.
    package static func json(_ status: Int, _ value: some JSONWritable) throws -> Response {
        Response(status, headers: ["Content-Type": "application/json"], body: .bytes(try JSONCoder.encode(value)))
    }
}

/// What status codes are called.
package enum HTTPStatus {
    package static func phrase(_ status: Int) -> String { phrases[status] ?? "Status \(status)" }

    private static let phrases: [Int: String] = [
        101: "Switching Protocols", 200: "OK", 201: "Created", 202: "Accepted", 204: "No Content",
        206: "Partial Content", 302: "Found", 303: "See Other", 304: "Not Modified", 400: "Bad Request",
        401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 406: "Not Acceptable",
        408: "Request Timeout", 409: "Conflict", 410: "Gone", 412: "Precondition Failed", 413: "Content Too Large",
        415: "Unsupported Media Type", 416: "Range Not Satisfiable", 422: "Unprocessable Content",
        429: "Too Many Requests", 500: "Internal Server Error", 501: "Not Implemented", 503: "Service Unavailable",
    ]
}
