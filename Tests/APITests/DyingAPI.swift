import APIFrame
import Glibc
import HTTP
import Model
import Postgres
import Queue
import Runtime

/// An API whose process dies between the effect of a request and its commit.
enum DyingAPI {
    /// Does not return.
    static func run(databaseURL: String, token: String) async throws {
        let table = APIRoutes("Things", under: "/t", [.create("/things", "Make and die", die)])
        let api = try TestAPI([table], databaseURL: databaseURL)
        _ = await api.send(
            .post, "/t/things", ["Authorization": "Bearer \(token)", "Idempotency-Key": "k1"], body: #"{"name":"one"}"#)
    }

    private static func die(
        _ input: NewThing, _ call: Call, _ transaction: JobTransaction
    ) async throws -> Created<Thing> {
        try await transaction.run("insert into things (id, name) values (\(UUID.v7()), \(input.name))")
        _exit(9)
    }
}
