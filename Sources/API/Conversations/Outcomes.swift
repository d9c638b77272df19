import APIFrame
import HTTP
import JSON
import Model

/// What became of each of many: `{"data":[…]}`.
struct Outcomes<Outcome: SchemaBearing>: SchemaBearing, RouteOutput {
    let all: [Outcome]

    init(_ all: [Outcome]) { self.all = all }

    static var schema: JSONSchema { .object([JSONSchema.Member("data", .array(of: Outcome.schema))]) }

    func write(json: inout JSONWriter) { json.object { $0.member("data", all) } }

    static var answers: [DeclaredAnswer] { [.json(200, schema)] }

    func answer() throws -> Response { try .json(200, self) }
}

/// Why something was refused, where others of the same request were not.
struct Refusal: Representable {
    let problem: Problem

    static let representation = Representation<Refusal>(
        "Refusal", "Why one of many was refused.",
        [
            .member("status") { $0.problem.code.status },
            .member("code") { $0.problem.code.name },
            .member("detail") { $0.problem.detail ?? $0.problem.errors.first?.description },
        ])
}

extension BulkOutcome: Representable {
    package static let representation = Representation<BulkOutcome>(
        "BulkOutcome", "What became of one of many messages.",
        [
            .member("id") { $0.id },
            .member("problem", "Null where it was done.") { $0.problem.map { Refusal(problem: $0) } },
        ])
}

extension ForwardOutcome: Representable {
    private var refusal: Refusal? {
        guard case .failure(let problem) = outcome else { return nil }
        return Refusal(problem: problem)
    }

    package static let representation = Representation<ForwardOutcome>(
        "ForwardOutcome", "What became of a message in one conversation that it was passed on to.",
        [
            .member("conversationId") { $0.conversation },
            .member("message", "Null where it was refused.") { try? $0.outcome.get() },
            .member("problem", "Null where it was sent.") { $0.refusal },
        ])
}
