import JSON
import Postgres
import Runtime

extension Stories {
    /// Keeps a story beyond its day: in a highlight that is there, or in a new one.
    package func highlight(
        _ id: ID<Story>, in highlight: ID<Highlight>?, title: String?, by user: SignedInUser
    ) async throws -> Highlight {
        try await database.transaction {
            try await self.highlight(id, in: highlight, title: title, by: user, on: $0)
        }
    }

    /// The same in the transaction of whoever has more to write with it.
    package func highlight(
        _ id: ID<Story>, in highlight: ID<Highlight>?, title: String?, by user: SignedInUser,
        on transaction: some SQLRunner
    ) async throws -> Highlight {
        let owned: ID<Story>? = try await transaction.first(
            "select id from stories where id = \(id) and author_id = \(user.id) for update")
        guard owned != nil else { throw Self.unknown }
        let target = highlight ?? .new()
        if highlight == nil {
            try await insert(target, title, by: user, on: transaction)
        } else {
            try await demandRoom(in: target, user, on: transaction)
        }
        try await transaction.run(
            """
            insert into highlight_stories (highlight_id, story_id, added_at) values (\(target), \(id), \(now))
            on conflict (highlight_id, story_id) do nothing
            """)
        let all = try await Highlight.all(of: user.id, for: user.id, at: now, on: transaction)
        guard let kept = all.first(where: { $0.id == target }) else { throw Self.unknownHighlight }
        return kept
    }

    private func insert(
        _ id: ID<Highlight>, _ title: String?, by user: SignedInUser, on transaction: some SQLRunner
    ) async throws {
        guard let title else { throw Problem.invalid("title", .missing, "is missing") }
        let count: Int = try await transaction.one(
            "select count(*)::int8 from highlights where author_id = \(user.id)")
        guard count < Highlight.mostOfAuthor else {
            throw Problem(.conflict, "There are \(Highlight.mostOfAuthor) highlights already")
        }
        try await transaction.run(
            "insert into highlights (id, author_id, title, created_at) values (\(id), \(user.id), \(title), \(now))")
    }

    private func demandRoom(
        in id: ID<Highlight>, _ user: SignedInUser, on transaction: some SQLRunner
    ) async throws {
        let owned: ID<Highlight>? = try await transaction.first(
            "select id from highlights where id = \(id) and author_id = \(user.id) for update")
        guard owned != nil else { throw Self.unknownHighlight }
        let count: Int = try await transaction.one(
            "select count(*)::int8 from highlight_stories where highlight_id = \(id)")
        guard count < Highlight.mostStories else {
            throw Problem(.conflict, "There are \(Highlight.mostStories) stories in it already")
        }
    }

    package func highlights(of author: ID<User>, for user: SignedInUser) async throws -> [Highlight] {
        try await Highlight.all(of: author, for: user.id, at: now, on: database)
    }

    package func rename(_ id: ID<Highlight>, to title: String, by user: SignedInUser) async throws -> Highlight {
        let count = try await database.run(
            "update highlights set title = \(title) where id = \(id) and author_id = \(user.id)")
        let all = try await Highlight.all(of: user.id, for: user.id, at: now, on: database)
        guard count > 0, let renamed = all.first(where: { $0.id == id }) else { throw Self.unknownHighlight }
        return renamed
    }

    /// What only it has kept goes, if its day is over.
    package func removeHighlight(_ id: ID<Highlight>, by user: SignedInUser) async throws {
        let count = try await database.run("delete from highlights where id = \(id) and author_id = \(user.id)")
        guard count > 0 else { throw Self.unknownHighlight }
    }

    package func takeOut(_ story: ID<Story>, of id: ID<Highlight>, by user: SignedInUser) async throws {
        let count = try await database.run(
            """
            delete from highlight_stories h using highlights l
            where l.id = h.highlight_id and l.author_id = \(user.id) and h.highlight_id = \(id) and h.story_id = \(story)
            """)
        guard count > 0 else { throw Self.unknownHighlight }
    }

    private static var unknownHighlight: Problem { Problem(.notFound, "There is no such highlight.") }
}
