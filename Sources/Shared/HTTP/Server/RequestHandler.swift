import Runtime

/// Who answers the requests of a server. Called on the request's loop.
public protocol RequestHandler: Sendable {
    func begin(_ request: Request) -> Beginning

    /// What to answer where the server cannot go on. Called on the connection's loop; the body has to be at hand.
    func answer(to fault: ServerFault) -> Response
}

extension RequestHandler {
    /// A line of text.
    public func answer(to fault: ServerFault) -> Response { PlainAnswer.make(fault.status, fault.reason) }
}

/// What a server itself says no to: a request that is none, an answer that cannot be sent.
public struct ServerFault {
    public let status: Int
    /// For people; empty where the status says it all.
    public let reason: String
    /// Nil where it is not known who asks: behind a proxy before the head was read.
    public let client: IPAddress?
    public let loop: EventLoop
    /// What the handler has answered and cannot be sent; nil where it was not asked.
    public let unsent: HTTPHeaders?

    public init(status: Int, reason: String, client: IPAddress?, loop: EventLoop, unsent: HTTPHeaders?) {
        self.status = status
        self.reason = reason
        self.client = client
        self.loop = loop
        self.unsent = unsent
    }
}

/// How the answer to a request comes.
public enum Beginning {
    /// It is at hand: no task is made for it.
    case answer(Response)
    /// It has to be waited for.
    case work(RequestWork)
    /// It comes with a call, once, on the request's loop: no task is made for it.
    case pending((@escaping Respond) -> Void)

    public typealias Respond = (Response) -> Void
}

/// Runs on the request's loop, also after each wait.
public typealias RequestWork = nonisolated(nonsending) () async throws -> Response

/// For where each request may wait.
public typealias Handler = nonisolated(nonsending) @Sendable (Request) async throws -> Response

/// A function as a handler.
struct WaitingHandler: RequestHandler {
    let respond: Handler

    func begin(_ request: Request) -> Beginning { .work { try await respond(request) } }
}
