import APIFrame
import HTTP
import JSON
import Model
import Postgres
import Runtime

/// What is measured: a constant, an object that comes back, a row, a WebSocket.
struct BenchRoutes: Sendable {
    let database: Database
    let sockets: WebSocketEndpoint

    var table: APIRoutes {
        APIRoutes(
            "Bench", under: "/bench",
            [
                .get("/hello", "Say hello", access: .open, hello),
                .post("/echo", "Say back", access: .open, echo),
                .get("/accounts/{id}", "Read a row", errors: [.notFound], on: database, account),
                .raw(.get, "/socket", "Open a WebSocket", answers: [DeclaredAnswer(101)], socket),
            ])
    }

    private func hello(_ input: NoInput, _ call: Call) -> Greeting { Greeting(greeting: "Hello") }

    private func echo(_ input: Visitor, _ call: Call) -> Visitor {
        var visitor = input
        visitor.visits += 1
        return visitor
    }

    /// A row of pgbench's own table, found by its key as pgbench finds it.
    private func account(_ input: AccountPath, _ call: Call) -> Query<Account> {
        Query.first("select abalance from pgbench_accounts where aid = \(input.id)").map { (balance: Int?) in
            guard let balance else { throw Problem(.notFound, "No such account") }
            return Account(id: input.id, balance: balance)
        }
    }

    private func socket(_ input: NoInput, _ call: Call) throws -> Response {
        try sockets.accept(call.request, for: SilentSession(try call.token))
    }
}

/// Somebody who is connected and silent.
private final class SilentSession: WebSocketHandler {
    private let token: AccessToken

    init(_ token: AccessToken) { self.token = token }

    func received(_ message: WebSocketMessage, from socket: WebSocket, on domain: isolated LoopDomain) {}
    func closed(_ socket: WebSocket, with code: CloseCode, on domain: isolated LoopDomain) {}
}

private struct Greeting: Representable {
    let greeting: String

    static let representation = Representation<Greeting>("Greeting", nil, [.member("greeting") { $0.greeting }])
}

private struct AccountPath: RouteInput {
    let id: Int
    init(from input: inout InputReader) { id = input.path("id", .integer(1...1_000_000_000)) }
}

private struct Account: Representable {
    let id: Int
    let balance: Int

    static let representation = Representation<Account>(
        "Account", nil, [.member("id") { $0.id }, .member("balance") { $0.balance }])
}

/// An object of six fields, each of which is checked.
private struct Visitor: RouteInput, Representable {
    let id: Int
    let name: String
    let email: String
    let isActive: Bool
    var visits: Int
    let tags: [String]

    init(from input: inout InputReader) {
        id = input.read("id", .integer(1...1_000_000))
        name = input.read("name", .text(1...100))
        email = input.read("email", .email)
        isActive = input.read("active", .bool)
        visits = input.read("visits", .integer(0...1_000_000))
        tags = input.read("tags", .list(of: .text(1...20), 0...10))
    }

    static let representation = Representation<Visitor>(
        "Visitor", nil,
        [
            .member("id") { $0.id }, .member("name") { $0.name }, .member("email") { $0.email },
            .member("active") { $0.isActive }, .member("visits") { $0.visits }, .member("tags") { $0.tags },
        ])
}
