/// Who answers the requests of a server. Called on the request's loop.
public protocol RequestHandler: Sendable {
    func begin(_ request: Request) -> Beginning
}

/// How the answer to a request comes.
public enum Beginning {
    /// It is at hand: no task is made for it.
    case answer(Response)
    /// It has to be waited for.
    case work(RequestWork)
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
