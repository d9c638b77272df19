import APIFrame
import HTTP
import JSON
import Model
import Postgres
import Queue
import Runtime

/// A thing, for tests.
struct Thing: Representable {
    var id = ID<Thing>.new()
    var name: String
    var note: String?

    static let representation = Representation<Thing>(
        "Thing", "What tests are about.",
        [
            .member("id") { $0.id }, .member("name", "How it is called.") { $0.name }, .member("note") { $0.note },
        ])
}

enum Colour: String, CaseIterable { case red, green, blue }

struct Size: RouteInput {
    let width: Int
    let height: Int

    init(from input: inout InputReader) {
        width = input.read("width", .integer(1...100))
        height = input.read("height", .integer(1...100))
    }
}

/// Takes something of every kind.
struct NewThing: RouteInput {
    let name: String
    let email: String?
    let colour: Colour
    let sizes: [Size]
    let tags: [String]
    let note: Change<String>

    init(from input: inout InputReader) {
        name = input.read("name", .text(1...20))
        email = input.readIfPresent("email", .email)
        colour = input.read("colour", .choice(), default: .red)
        sizes = input.readIfPresent("sizes", .list(of: .object(), 1...3)) ?? []
        tags = input.read("tags", .list(ofDifferent: .text(1...5), 0...3), default: [])
        note = input.readChange("note", .text(1...50))
        let (width, isRed) = (sizes.first?.width, colour == .red)
        input.check("sizes", .invalid, "red things are narrow") { !isRed || (width ?? 0) <= 50 }
    }
}

struct ThingPath: RouteInput {
    let id: ID<Thing>
    init(from input: inout InputReader) { id = input.path("id", .id()) }
}

struct ThingSearch: RouteInput {
    let colour: Colour?
    let page: PageRequest

    init(from input: inout InputReader) {
        colour = input.queryIfPresent("colour", .choice())
        page = input.page()
    }
}

struct Failure: RouteInput {
    let kind: String
    init(from input: inout InputReader) { kind = input.path("kind", .text(1...30)) }
}

/// What goes wrong inside.
struct Secretive: Error, CustomStringConvertible {
    var description: String { "the password of the database is hunter2" }
}

/// Routes as an API has them.
struct TestRoutes: Sendable {
    var table: APIRoutes {
        APIRoutes(
            "Things", under: "/t",
            [
                .get("/hello", "Say hello", access: .open, hello),
                .get("/me", "Who am I", me),
                .get("/maybe", "Perhaps", access: .optional, maybe),
                .get("/things", "List", access: .open, list),
                .post("/things/echo", "Echo", access: .open, echo),
                .create("/things", "Make", errors: [.conflict], create),
                .get("/things/{id}", "Show", access: .open, show),
                .delete("/things/{id}", "Remove", access: .open, remove),
                .post("/login", "Guess", access: .open, limit: .guessing, idempotency: .refused, login),
                .get("/admin/things", "Look", access: .admin, hello),
                .post("/admin/things", "Change", access: .admin, login),
                .get("/fail/{kind}", "Fail", access: .open, errors: [.conflict], fail),
                .raw(
                    .get, "/undeclared", "Answer what is not declared", access: .open, answers: [DeclaredAnswer(204)],
                    undeclared),
                .raw(
                    .get, "/extra", "Answer a member that is not declared", access: .open,
                    answers: [.json(200, Thing.schema)], extra),
                .raw(
                    .put, "/upload", "Take bytes", access: .open, body: .raw(types: ["image/*"]),
                    answers: [DeclaredAnswer(204)], upload),
            ])
    }

    private func hello(_ input: NoInput, _ call: Call) -> Thing { Thing(name: "hello") }

    private func me(_ input: NoInput, _ call: Call) throws -> Thing { Thing(name: "\(try call.user)") }

    private func maybe(_ input: NoInput, _ call: Call) -> Thing {
        Thing(name: call.caller == nil ? "nobody" : "somebody")
    }

    private func list(_ input: ThingSearch, _ call: Call) throws -> Page<Thing> {
        var start: Int64 = 0
        if let cursor = input.page.cursor { start = try call.place(of: cursor, as: Int64.self) }
        let numbers = start..<min(start + Int64(input.page.limit), 120)
        let next = numbers.upperBound < 120 ? call.cursor(after: numbers.upperBound) : nil
        return Page(numbers.map { Thing(name: "\($0)") }, nextCursor: next)
    }

    func show(_ input: ThingPath, _ call: Call) -> Thing { Thing(id: input.id, name: "found") }

    private func remove(_ input: ThingPath, _ call: Call) -> NoContent { NoContent() }

    private func login(_ input: NoInput, _ call: Call) -> NoContent { NoContent() }

    private func echo(_ input: NewThing, _ call: Call) -> Thing {
        Thing(name: input.name, note: input.note.applied(to: "kept"))
    }

    private func create(
        _ input: NewThing, _ call: Call, _ transaction: JobTransaction
    ) async throws -> Created<Thing> {
        if input.name == "taken" { throw Problem(.conflict, "There is one") }
        let thing = Thing(name: input.name)
        try await transaction.run("insert into things (id, name) values (\(thing.id), \(thing.name))")
        return Created(thing, at: "/t/things/\(thing.id)")
    }

    private func fail(_ input: Failure, _ call: Call) throws -> NoContent {
        switch input.kind {
        case "conflict": throw Problem(.conflict, "It is there already")
        case "forbidden": throw Problem(.forbidden)
        case "full": throw QueueError.full(queue: "push", retryAfter: .milliseconds(1500))
        case "cancelled": throw CancellationError()
        default: throw Secretive()
        }
    }

    private func undeclared(_ input: NoInput, _ call: Call) -> Response { Response(202) }

    private func extra(_ input: NoInput, _ call: Call) throws -> Response {
        let value: JSONValue = ["id": .string("\(UUID.v7())"), "name": "x", "note": nil, "extra": true]
        return try Response.json(200, value)
    }

    private func upload(_ input: NoInput, _ call: Call) async throws -> Response {
        _ = try await call.request.body.all(upTo: 10)
        return Response(204)
    }
}
