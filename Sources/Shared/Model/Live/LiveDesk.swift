import JSON
import Postgres
import Runtime

/// Makes deliveries of what is told only as long as it is news.
package struct LiveDesk: Sendable {
    /// So old the list of members may be: nobody types into a conversation for longer after they have left it.
    private static let age = Duration.seconds(5)

    let database: Database
    private let audiences: Audiences
    private let presence: PresenceBook

    package init(_ desk: EventDesk, presence: PresenceBook) {
        database = desk.database
        audiences = desk.audiences
        self.presence = presence
    }

    // MARK: Typing

    /// The last word of each.
    package func deliveries(of jobs: [TellTyping]) async throws -> [Delivery] {
        let audiences = try await audiences(of: jobs.map(\.conversation))
        let estranged = try await Self.estranged(jobs.map(\.user), on: database)
        return jobs.compactMap { job in
            guard let audience = audiences[job.conversation], audience.kind != .channel,
                audience.listeners.contains(where: { $0.user == job.user })
            else { return nil }
            let deaf = estranged[job.user] ?? []
            let told = audience.listeners.map(\.user).filter { $0 != job.user && !deaf.contains($0) }
            guard !told.isEmpty, let frame = TypingNotice(job: job).frame else { return nil }
            return Delivery(job.conversation, to: .people(told), frame, isDroppable: true)
        }
    }

    // MARK: Receipts

    /// Whoever keeps their own to themselves sees those of nobody.
    package func deliveries(of jobs: [TellReceipts]) async throws -> [Delivery] {
        let receipts = jobs.flatMap(\.receipts)
        let audiences = try await audiences(of: receipts.map(\.conversation))
        let people = Set(audiences.values.flatMap { $0.listeners.map(\.user) })
        let hidden: [ID<User>] = try await database.all(
            "select user_id from user_settings where user_id = any (\(Array(people))) and not read_receipts")
        let silent = Set(hidden)
        let estranged = try await Self.estranged(receipts.map(\.user), on: database)
        return receipts.compactMap { receipt in
            guard let audience = audiences[receipt.conversation], audience.kind != .channel else { return nil }
            // A person's other devices learn of it in any case.
            let told = audience.listeners.map(\.user).filter { user in
                user == receipt.user
                    || !silent.contains(user) && !silent.contains(receipt.user)
                        && estranged[receipt.user]?.contains(user) != true
            }
            guard !told.isEmpty, let frame = EventFrame("receipt.updated", receipt).bytes else { return nil }
            return Delivery(receipt.conversation, to: .people(told), frame)
        }
    }

    // MARK: Presence

    /// How present people are now, for those they write with alone and for whoever watches them.
    package func deliveries(of jobs: [TellPresence]) async throws -> [Delivery] {
        let users = Array(Set(jobs.flatMap(\.users)))
        let states = try await presence.states(of: users)
        let gone = users.filter { states[$0] == .offline }
        if !gone.isEmpty {
            try await database.run("update users set last_seen_at = now() where id = any (\(gone))")
        }
        let sights: [Sight] = try await Sight.all(of: users, on: database)
        return sights.compactMap { sight in
            let notice = Presence(
                user: sight.user, availability: states[sight.user] ?? .offline, lastSeenAt: sight.lastSeenAt)
            guard let frame = EventFrame("presence.changed", notice).bytes else { return nil }
            return Delivery(
                nil, to: .people(sight.partners), passed: sight.estranged, frame, isDroppable: true,
                watched: sight.user)
        }
    }

    /// Whoever writes with them alone is told, and, when they hide from everybody, who watches them. A stranger is not:
    /// that would tell them of a block.
    package func deliveries(of jobs: [HidePresence]) async throws -> [Delivery] {
        let partners = try await Sight.partners(of: jobs.map(\.user), on: database)
        return jobs.compactMap { job in
            let notice = Presence(user: job.user, availability: .offline, lastSeenAt: nil)
            guard let frame = EventFrame("presence.changed", notice).bytes else { return nil }
            let told = (partners[job.user] ?? []).filter { job.from == nil || $0 == job.from }
            return Delivery(nil, to: .people(told), frame, watched: job.from == nil ? job.user : nil)
        }
    }

    // MARK: -

    private func audiences(of conversations: [ID<Conversation>]) async throws -> [ID<Conversation>: Audience] {
        try await audiences.find(
            Dictionary(conversations.map { ($0, 0) }) { first, _ in first }, age: Self.age)
    }

    /// Of each of the people those whom they have blocked, and who have blocked them.
    private static func estranged(
        _ users: [ID<User>], on sql: some SQLRunner
    ) async throws -> [ID<User>: Set<ID<User>>] {
        let pairs: [(ID<User>, ID<User>)] = try await sql.all(
            """
            select blocked_id, blocker_id from blocks where blocked_id = any (\(users))
            union all
            select blocker_id, blocked_id from blocks where blocker_id = any (\(users))
            """)
        return Dictionary(grouping: pairs, by: \.0).mapValues { Set($0.map(\.1)) }
    }
}

private struct TypingNotice: JSONWritable {
    let job: TellTyping

    var frame: [UInt8]? { EventFrame(job.isTyping ? "typing.started" : "typing.stopped", self).bytes }

    func write(json: inout JSONWriter) {
        json.object { json in
            json.member("conversationId", job.conversation)
            json.member("userId", job.user)
            if job.isTyping { json.member("expiresIn", Int(TellTyping.lifetime.milliseconds / 1000)) }
        }
    }
}
