import HTTP
import Model
import Queue
import Runtime

/// One request's way through the API: who asks, under which id, since when. It never leaves its loop.
package final class Call: RouteCall {
    package typealias Code = Problem.Code
    package typealias Transaction = JobTransaction

    package let request: Request
    package let id: RequestID
    package let trace: TraceContext
    /// Who is signed in; nil where nobody has to be.
    package internal(set) var caller: Caller?

    init(_ request: Request, id: RequestID, trace: TraceContext) {
        self.request = request
        self.id = id
        self.trace = trace
    }

    /// Who is signed in, in a route that nobody else reaches.
    package var user: Caller {
        get throws {
            guard let caller else { throw Problem(.unauthenticated) }
            return caller
        }
    }

    package func keepingAnswer(_ body: (JobTransaction) async throws -> Response) async throws -> Response {
        throw Problem(.unavailable)
    }
}

/// Who is signed in, as the access token says.
package struct Caller: Sendable, Hashable {
    package let userID: UUID
    package let sessionID: UUID
    package let isAdmin: Bool

    package init(userID: UUID, sessionID: UUID, isAdmin: Bool) {
        self.userID = userID
        self.sessionID = sessionID
        self.isAdmin = isAdmin
    }
}

/// A route of the API.
package typealias APIRoute = Route<Call>
package typealias APIRoutes = RouteTable<Call>
