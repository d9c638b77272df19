import HTTP
import Model
import Queue
import Runtime

/// One request's way through the API: who asks, under which id, since when. It never leaves its loop.
package final class Call: RouteCall {
    package typealias Code = Problem.Code
    package typealias Transaction = JobTransaction

    package let request: Request
    let facts: CallFacts
    let parts: CallParts
    // What follows is read and written whole, so a check of exclusive access at run time would find nothing.
    /// The JSON body as it came.
    var body: [UInt8] = []
    /// Who is signed in; nil where nobody has to be.
    @exclusivity(unchecked) package internal(set) var caller: AccessToken?
    /// A page of the dashboard asks, which browsers show by a cookie.
    @exclusivity(unchecked) var isFromPage = false
    /// What the limit that is nearest says.
    @exclusivity(unchecked) var rate: RateVerdict?
    /// The body came packed, which nobody unpacks here.
    @exclusivity(unchecked) var refusesCoding = false
    /// Which route it is, by its place in the table, and in words.
    @exclusivity(unchecked) var route: Int?
    @exclusivity(unchecked) var routeName = ""

    init(_ request: Request, _ facts: CallFacts, _ parts: CallParts) {
        self.request = request
        self.facts = facts
        self.parts = parts
    }

    package var id: RequestID { facts.id }

    /// Who is signed in, in a route that nobody else reaches.
    package var user: ID<User> { get throws(Problem) { try token.user } }
    package var session: ID<Session> { get throws(Problem) { try token.session } }

    package var token: AccessToken {
        get throws(Problem) {
            guard let caller else { throw Problem(.unauthenticated) }
            return caller
        }
    }

    /// A cursor is good for one list and one person: where the path or a filter is another, so is the list.
    var cursorScope: String {
        let query = QueryParameters(request.query) ?? QueryParameters()
        let filters = query.names.filter { $0 != "cursor" && $0 != "limit" }.sorted().map { name in
            let value = query[name] ?? ""
            return "\(name)=\(value.utf8.count):\(value)"
        }
        return ([routeName, caller.map { "\($0.user)" } ?? "", request.path] + filters).joined(separator: " ")
    }
}

/// What is said of a request in every line of the log, and in the jobs that it leaves.
final class CallFacts: LogContext {
    let id: RequestID
    let time: Timestamp
    let span: TraceContext
    /// The caller's span; 0 where the trace begins here.
    let parent: UInt64
    /// Nil unless the trace is kept.
    let tracer: Tracer?

    init(
        _ id: RequestID, _ trace: TraceContext, at time: Timestamp, below parent: UInt64 = 0, tracer: Tracer? = nil
    ) {
        self.id = id
        self.time = time
        span = trace
        self.parent = parent
        self.tracer = tracer
    }

    var trace: TraceContext? { span }
    var requestID: String? { id.description }
    var logMetadata: LogMetadata { ["request.id": .string(id.description)] }
}

/// What calls need of the process.
package struct CallParts: Sendable {
    let durable: DurableQueue
    let cursors: CursorSeal
    let door: BrowserDoor?

    package init(durable: DurableQueue, cursorKeys: [CursorKey], door: BrowserDoor? = nil) {
        self.durable = durable
        self.door = door
        cursors = CursorSeal(cursorKeys)
    }
}

/// Its name where `Call` means something else.
package typealias APICall = Call
/// A route of the API.
package typealias APIRoute = Route<Call>
package typealias APIRoutes = RouteTable<Call>
