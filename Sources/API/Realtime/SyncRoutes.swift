import APIFrame
import HTTP
import JSON
import Model
import Runtime

/// How a device that was away learns what to read anew.
struct SyncRoutes: Sendable {
    private let conversations: Conversations

    init(_ conversations: Conversations) { self.conversations = conversations }

    func table(under prefix: String) -> APIRoutes {
        APIRoutes(
            "Sync", under: prefix,
            [
                .get(
                    "/sync", "What has changed since",
                    details: """
                        Without a cursor, with one of another database, or after very long, `reset` is true: everything \
                        has to be read anew, and `cursor` is where to go on from then. Of each conversation that is named, \
                        `/conversations/{id}/changes` tells what is new.
                        """, sync)
            ])
    }

    private struct Input: RouteInput {
        let cursor: Cursor?

        init(from input: inout InputReader) {
            cursor = input.queryIfPresent("cursor", .cursor.described("Of the last answer."))
        }
    }

    private func sync(_ input: Input, _ call: Call) async throws -> SyncAnswer {
        let point = try input.cursor.map { cursor throws(Problem) in
            let (life, xmin, urev) = try call.place(of: cursor, as: (UUID, Int64, Int64).self)
            return Sync.Point(life: life, xmin: xmin, urev: urev)
        }
        let sync = try await conversations.sync(try call.signedIn, since: point)
        return SyncAnswer(
            sync: sync, cursor: call.cursor(after: sync.point.life, sync.point.xmin, sync.point.urev))
    }
}

private struct SyncAnswer: Representable {
    let sync: Sync
    let cursor: String

    static let representation = Representation<SyncAnswer>(
        "Sync", "What has changed for the caller.",
        [
            .member("conversations", "In which something has changed that all members see.") { $0.sync.conversations },
            .member("receipts", "Up to where members have got and read.") { $0.sync.receipts },
            .member("changes", "What is the caller's own, in the order of `urev`.") { $0.sync.changes },
            .member("reset", "What was read before is not whole: read everything anew.") { $0.sync.reset },
            .member("cursor", "For the next call.") { $0.cursor },
        ])
}
