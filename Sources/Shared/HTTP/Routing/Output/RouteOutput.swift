import JSON

/// What a route answers when all went well.
public protocol RouteOutput: SendableMetatype {
    /// Every answer that `answer()` may give.
    static var answers: [DeclaredAnswer] { get }
    func answer() throws -> Response
}

/// One answer as the document shows it.
public struct DeclaredAnswer: Sendable {
    public struct Content: Sendable {
        public let type: String
        public let schema: JSONSchema
    }

    public struct Header: Sendable {
        public let name: String
        public let text: String
        public let schema: JSONSchema

        public init(name: String, text: String, schema: JSONSchema) {
            self.name = name
            self.text = text
            self.schema = schema
        }
    }

    public let status: Int
    public let text: String
    /// One of these; none where there is no body.
    public var contents: [Content] = []
    public var headers: [Header] = []

    public init(_ status: Int, _ text: String? = nil, contents: [Content] = [], headers: [Header] = []) {
        self.status = status
        self.text = text ?? Self.words(status)
        self.contents = contents
        self.headers = headers
    }

    private static func words(_ status: Int) -> String { "\(StatusText.phrase(status))" }

    public static func json(_ status: Int, _ schema: JSONSchema, _ text: String? = nil) -> DeclaredAnswer {
        DeclaredAnswer(status, text, contents: [Content(type: "application/json", schema: schema)])
    }

    /// Bytes of some kind: a page, a file.
    public static func bytes(_ status: Int, type: String, _ text: String? = nil) -> DeclaredAnswer {
        DeclaredAnswer(status, text, contents: [Content(type: type, schema: .string())])
    }
}

extension Response {
    /// A JSON body of that value.
    public static func json(_ status: Int, _ value: some JSONWritable) throws -> Response {
        Response(status, headers: jsonHeaders, body: .bytes(try JSONCoder.encode(value)))
    }

    private static let jsonHeaders: HTTPHeaders = ["Content-Type": "application/json"]
}
