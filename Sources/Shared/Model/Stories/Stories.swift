import JSON
import Postgres
import Queue
import Runtime

/// What people do with stories.
package struct Stories: Sendable {
    let sending: Sending

    package init(_ sending: Sending) { self.sending = sending }

    var durable: DurableQueue { sending.durable }
    var database: Database { sending.database }
    var now: Timestamp { sending.now }

    static var unknown: Problem { Problem(.notFound, "There is no such story.") }
}

/// Tells those who may see a story that there is one.
package struct TellStory: Job, Codable, Equatable {
    package static let kind = "story.tell"
    package static let queue = QueueName.fanout
    package let story: ID<Story>
}

/// Removes stories whose time is over.
package struct ExpireStories: Job, Codable, Equatable {
    package static let kind = "story.expire"
    package static let queue = QueueName.maintenance
    package static var retry: RetryPolicy { .exponential(attempts: 3, base: .seconds(5), cap: .minutes(1)) }
    package static var timeLimit: Duration { .minutes(5) }

    package init() {}

    package static func cron() throws -> Cron {
        try Cron("story.expire", "* * * * *", zone: "UTC", missed: .runOnce) { _ in ExpireStories() }
    }

    /// In small pieces; what lies in storage goes with the next sweep.
    package func run(at now: Timestamp, on database: Database) async throws -> Int {
        var total = 0
        while true {
            try Task.checkCancellation()
            let count = try await Story.expire(at: now, limit: 500, on: database)
            total += count
            if count < 500 { return total }
        }
    }
}

extension Stories {
    package func show(_ new: NewStory, by author: SignedInUser) async throws -> Story {
        try await durable.transaction { try await show(new, by: author, on: $0) }
    }

    /// The same in the transaction of whoever has more to write with it.
    package func show(
        _ new: NewStory, by author: SignedInUser, on transaction: JobTransaction
    ) async throws -> Story {
        try check(new, author)
        let id = ID<Story>.new()
        try await transaction.run("select from users where id = \(author.id) for no key update")
        let count: Int = try await transaction.one(
            "select count(*)::int8 from stories where author_id = \(author.id) and expires_at > \(now)")
        guard count < Story.mostOfAuthor else {
            throw Problem(.conflict, "There are \(Story.mostOfAuthor) stories already")
        }
        try await demandMedia(of: new, author, on: transaction)
        try await Story.insert(id, new, by: author.id, at: now, on: transaction)
        try await transaction.enqueue(TellStory(story: id))
        guard let story = try await Story.find(id, for: author.id, at: now, on: transaction) else {
            throw Self.unknown
        }
        return story
    }

    private func check(_ new: NewStory, _ author: SignedInUser) throws(Problem) {
        if new.kind == .text, new.content.allSatisfy(\.isWhitespace) {
            throw .invalid("content", .tooShort, "must say something")
        }
        guard (new.kind == .text) == (new.media == nil) else {
            throw .invalid("mediaId", new.media == nil ? .missing : .invalid, "belongs to images and videos")
        }
        guard new.audience != .contacts || new.named.isEmpty else {
            throw .invalid("userIds", .invalid, "go with the audiences `only` and `except`")
        }
        guard new.audience != .only || !new.named.isEmpty else {
            throw .invalid("userIds", .missing, "say who sees it")
        }
    }

    /// It is the author's own, of the right type, and has been looked at.
    private func demandMedia(of new: NewStory, _ author: SignedInUser, on transaction: JobTransaction) async throws {
        guard let id = new.media else { return }
        let media = try await Media.take([id], for: author.id, until: now, on: transaction).first
        guard let media, media.ownerId == author.id, media.type.rawValue == new.kind.rawValue, media.state != .refused
        else { throw Problem.invalid("mediaId", .invalid, "names no \(new.kind.rawValue) of one's own") }
        guard media.state == .ready else {
            var problem = Problem(.conflict, "The file is still being looked at; `media.ready` tells when it is there")
            problem.retryAfter = .seconds(1)
            throw problem
        }
    }

    // MARK: Looking

    /// One's own first, then those with something new, the newest first.
    package func feed(of user: SignedInUser) async throws -> [StoryGroup] {
        let stories = try await Story.feed(for: user.id, at: now, on: database)
        let groups = Dictionary(grouping: stories, by: \.author).map { StoryGroup(author: $0, stories: $1) }
        return groups.sorted { one, other in
            if (one.author == user.id) != (other.author == user.id) { return one.author == user.id }
            if one.isSeen != other.isSeen { return other.isSeen }
            return (one.stories.last?.id.uuid ?? .v7()) > (other.stories.last?.id.uuid ?? .v7())
        }
    }

    package func find(_ id: ID<Story>, for user: SignedInUser) async throws -> Story {
        guard let story = try await Story.find(id, for: user.id, at: now, on: database) else { throw Self.unknown }
        return story
    }

    /// Seen by its author it was seen by nobody.
    package func view(_ id: ID<Story>, by user: SignedInUser) async throws {
        let story = try await find(id, for: user)
        if story.author != user.id { try await Story.view(id, by: user.id, at: now, on: database) }
    }

    package func viewers(
        of id: ID<Story>, for user: SignedInUser, before: (Timestamp, ID<User>)?, limit: Int
    ) async throws -> [StoryViewer] {
        try await demandOwn(id, user)
        return try await Story.viewers(of: id, author: user.id, before: before, limit: limit, on: database)
    }

    package func remove(_ id: ID<Story>, by user: SignedInUser) async throws {
        try await demandOwn(id, user)
        try await database.run("delete from stories where id = \(id) and author_id = \(user.id)")
    }

    private func demandOwn(_ id: ID<Story>, _ user: SignedInUser) async throws {
        guard try await find(id, for: user).author == user.id else {
            throw Problem(.forbidden, "Only its author may")
        }
    }

    // MARK: Answering

    /// Says something to its author, in the conversation of the two.
    package func reply(
        to id: ID<Story>, _ content: String, clientID: String?, by user: SignedInUser
    ) async throws -> Message {
        let story = try await find(id, for: user)
        guard story.author != user.id else { throw Problem(.forbidden, "One does not answer one's own story") }
        let (conversation, _) = try await sending.conversations.create(
            NewConversation(.direct, title: nil, members: [story.author]), by: user)
        var message = NewMessage(in: conversation.id, by: user.id, .text(content), clientID: clientID)
        message.story = id
        return try await sending.send(message)
    }

    /// What goes to the sockets of those who may see it.
    package func deliveries(of id: ID<Story>) async throws -> [Delivery] {
        let people = try await Story.audience(of: id, on: database)
        guard let first = people.first, let story = try await Story.find(id, for: first, at: now, on: database),
            let frame = EventFrame("story.created", story).bytes
        else { return [] }
        return stride(from: 0, to: people.count, by: 500).map { start in
            Delivery(nil, to: .people(Array(people[start..<min(start + 500, people.count)])), frame)
        }
    }
}
