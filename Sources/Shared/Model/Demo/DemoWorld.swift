import Crypto
import Postgres
import Queue
import Runtime

/// A few people with their conversations and what they have said, for whoever looks at a system for the first time.
package struct DemoWorld: Sendable {
    /// What was not there before.
    package struct Made: Sendable {
        package internal(set) var people = 0
        package internal(set) var conversations = 0
        package internal(set) var messages = 0

        package var isNothing: Bool { people + conversations + messages == 0 }
    }

    package static let password = "switchyard-demo"
    /// Of the person who is in all conversations.
    package static let address = "\(DemoPerson.first.email)"

    private let database: Database
    private let hasher: PasswordHasher
    private let conversations: Conversations
    private let writer: MessageWriter
    /// Moved on from message to message, so that what was said lies days back.
    private let clock: ManualClock

    package init(
        durable: DurableQueue, hasher: PasswordHasher, now: Timestamp = .now, loops: LoopGroup
    ) {
        database = durable.database
        self.hasher = hasher
        clock = ManualClock(now - .days(6))
        conversations = Conversations(durable: durable, clock: clock)
        writer = MessageWriter(durable: durable, loops: loops, clock: clock)
    }

    /// Adds what is missing, so a second time changes nothing, and one that was interrupted is completed.
    package func load() async throws -> Made {
        var made = Made()
        let people = try await enlist(into: &made)
        let start = clock.now
        for (number, script) in DemoConversation.all.enumerated() {
            clock.set(to: start + .hours(12) * number)
            try await play(script, with: people, into: &made)
        }
        return made
    }

    private func enlist(into made: inout Made) async throws -> [String: ID<User>] {
        var ids: [String: ID<User>] = [:]
        var hash: PasswordHash?
        for person in DemoPerson.all {
            if let id = try await User.id(ofEmail: person.email, on: database) {
                ids[person.name] = id
                continue
            }
            let shared = if let hash { hash } else { try await hasher.hash(Self.password) }
            hash = shared
            ids[person.name] = try await add(person, shared)
            made.people += 1
        }
        return ids
    }

    /// As a registration whose address is verified already: letters to people who do not exist would only be in the way.
    private func add(_ person: DemoPerson, _ hash: PasswordHash) async throws -> ID<User> {
        let (id, now) = (ID<User>.new(), clock.now)
        try await database.transaction { transaction in
            try await User.insert(
                id, username: person.username, email: person.email, verifiedAt: now, displayName: person.displayName,
                at: now, on: transaction)
            try await Credential.set(hash, of: id, at: now, on: transaction)
        }
        return id
    }

    private func play(
        _ script: DemoConversation, with people: [String: ID<User>], into made: inout Made
    ) async throws {
        let members = script.members.compactMap { people[$0] }
        guard let first = members.first else { return }
        let conversation = try await open(script, by: first, with: Array(members.dropFirst()), into: &made)
        for (number, line) in script.lines.enumerated() {
            clock.advance(by: .minutes(9))
            guard let sender = people[line.sender] else { continue }
            let message = try await writer.send(
                NewMessage(in: conversation.id, by: sender, line.content, clientID: "demo-\(number)"))
            if message.seq > conversation.lastSeq { made.messages += 1 }
            for name in line.reactions.people {
                guard let person = people[name] else { continue }
                _ = try await conversations.setReaction(
                    line.reactions.emoji, true, to: message.id, by: .ofDemo(person))
            }
        }
    }

    private func open(
        _ script: DemoConversation, by first: ID<User>, with others: [ID<User>], into made: inout Made
    ) async throws -> Conversation {
        if script.kind != .direct {
            let there = try await conversations.list(of: .ofDemo(first), before: nil, limit: 100)
            if let found = there.first(where: { $0.title == script.title }) { return found }
        }
        let (conversation, isNew) = try await conversations.create(
            NewConversation(script.kind, title: script.title, about: script.about, members: others),
            by: .ofDemo(first))
        if isNew { made.conversations += 1 }
        return conversation
    }
}

extension SignedInUser {
    /// Nobody is signed in; the actions want to know only who acts.
    fileprivate static func ofDemo(_ user: ID<User>) -> SignedInUser { SignedInUser(user, session: .new()) }
}
