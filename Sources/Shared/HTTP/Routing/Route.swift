/// A route as it is declared once: what it takes, answers, refuses, and who may call it. Router, checks and document all
/// come from here.
public final class Route<Call: RouteCall>: Sendable {
    public typealias RespondAtOnce = @Sendable (RouteRequest, Call) throws -> Response
    public typealias RespondLater = @Sendable (RouteRequest, Call) async throws -> Response

    public typealias RespondByCall =
        @Sendable (RouteRequest, Call, @escaping (Result<Response, any Error>) -> Void) throws -> Void

    public enum Respond: Sendable {
        /// Never waits: no task is made for it.
        case atOnce(RespondAtOnce)
        /// Calls when it has its answer, which needs no task either.
        case byCall(RespondByCall)
        case later(RespondLater)

        public var needsTask: Bool { if case .later = self { true } else { false } }
    }

    public let method: HTTPMethod
    public let pattern: RoutePattern
    /// As it was declared, without what all paths begin with.
    let ownPattern: RoutePattern
    /// Method and path.
    public let name: String
    public let summary: String
    public let details: String?
    /// The part of the product, for the document's order.
    public let tag: String
    public let access: RouteAccess
    public let limit: RateClass
    /// What the caller's plan has to have.
    public let need: RouteNeed?
    public let idempotency: Idempotency
    public let input: InputDescription
    public let body: RouteBody
    public let answers: [DeclaredAnswer]
    /// What it may refuse with, beyond what follows from the rest of the declaration.
    public let errors: [Call.Code]
    /// Names of the query that are known.
    public let queryNames: [String]
    public let parameterNames: [String]
    public let respond: Respond

    init(
        _ method: HTTPMethod, _ pattern: String, _ summary: String, _ traits: RouteTraits<Call>,
        input: InputDescription, body: RouteBody, answers: [DeclaredAnswer], idempotency: Idempotency,
        respond: Respond
    ) {
        self.method = method
        ownPattern = RoutePattern(pattern)
        self.pattern = ownPattern
        name = "\(method.rawValue) \(pattern)"
        tag = ""
        self.summary = summary
        access = traits.access
        // Administrators have a limit of their own.
        limit = traits.access == .admin && traits.limit == .standard ? .admin : traits.limit
        need = nil
        errors = traits.errors
        details = traits.details
        self.idempotency = idempotency
        self.input = input
        self.body = body
        self.answers = answers
        self.respond = respond
        queryNames = input.parameters(in: .query).map(\.name)
        parameterNames = self.pattern.names
        let asked = input.parameters(in: .path).map(\.name)
        precondition(
            Set(asked) == Set(parameterNames), "\(method.rawValue) \(pattern) asks for the path parameters \(asked)")
        precondition(
            Set(answers.map(\.status)).count == answers.count, "\(method.rawValue) \(pattern) declares a status twice")
    }

    /// The same below a path that all routes of the API share, and for one part of the product.
    init(_ route: Route, under prefix: String, tag: String, needing need: RouteNeed?) {
        method = route.method
        ownPattern = route.ownPattern
        pattern = route.pattern.prefixed(with: prefix)
        name = "\(method.rawValue) \(pattern)"
        self.tag = tag
        summary = route.summary
        access = route.access
        limit = route.limit
        self.need = need
        errors = route.errors
        details = route.details
        idempotency = route.idempotency
        input = route.input
        body = route.body
        answers = route.answers
        respond = route.respond
        queryNames = route.queryNames
        parameterNames = route.parameterNames
    }

    public func placed(under prefix: String, tag: String) -> Route {
        Route(self, under: prefix, tag: tag, needing: need)
    }
}

/// The routes of one part of the product.
public struct RouteTable<Call: RouteCall>: Sendable {
    public let routes: [Route<Call>]

    /// `prefix` is what all their paths begin with.
    public init(_ tag: String, under prefix: String = "", _ routes: [Route<Call>]) {
        self.routes = routes.map { $0.placed(under: prefix, tag: tag) }
    }
}

/// What is common to one request's way through a route: made by the frame that the routes live in.
public protocol RouteCall: SendableMetatype {
    associatedtype Code: ProblemCode
    associatedtype Transaction

    /// Runs `body` in a transaction. If the request bears an idempotency key, its answer commits with it and is given
    /// again to whoever repeats the request.
    func keepingAnswer(_ body: (Transaction) async throws -> Response) async throws -> Response
}

/// A way in which a request is refused.
public protocol ProblemCode: Sendable, Hashable {
    /// Stable, in snake_case.
    var name: String { get }
    var status: Int { get }
    var title: String { get }
}

/// Who may call a route.
public enum RouteAccess: String, Sendable {
    /// Anyone.
    case open
    /// Anyone; who signs in is known.
    case optional
    /// Who is signed in.
    case user
    /// An administrator, from an address that is allowed.
    case admin
    /// Whoever can sign the request, which the route itself checks.
    case signed
}

/// Which of the configured limits counts for a route.
public enum RateClass: String, Sendable, CaseIterable {
    /// Health checks and the like.
    case unlimited
    case standard
    /// Where somebody could guess: passwords, codes, tokens.
    case guessing
    case admin
}

/// What a route does with the header `Idempotency-Key`.
public enum Idempotency: Sendable {
    /// Nothing: repeating the request is harmless, or cannot be helped.
    case ignored
    /// 400: the answer holds secrets, or the body is not kept.
    case refused
    /// The answer is kept for a day and given again.
    case kept
    /// The route has a meaning of its own for it.
    case own
}

/// What a route does with the body.
public enum RouteBody: Sendable {
    case none
    /// Read by the input.
    case json
    /// Read by the route itself, with its own limit; these types are accepted.
    case raw(types: [String])
}

/// One request as it reaches a route.
public struct RouteRequest {
    public let source: InputSource
    /// Nil where the route has no JSON body, or the request came without one.
    public let body: [UInt8]?

    public init(_ source: InputSource, body: [UInt8]?) {
        self.source = source
        self.body = body
    }

    public func read<Input: RouteInput>(_ plan: InputPlan) throws(InputFault) -> Input {
        guard let body else { return try Input.read(source, body: nil, plan) }
        return try body.withUnsafeBufferPointer { bytes throws(InputFault) in
            try Input.read(source, body: UnsafeRawBufferPointer(bytes), plan)
        }
    }
}
