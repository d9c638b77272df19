import FanoutHandlers
import Postgres
import Queue
import QueueTesting
import Runtime
import TestSupport
import Testing

@testable import Model

/// Messages that are sent later, and messages that delete themselves.
@Suite(.ownAccounts) struct ScheduledTests {
    /// A room with a clock, and a rehearsal of the jobs that are due.
    private struct Scene {
        let room: Room
        let clock: ManualClock
        let rehearsal: Rehearsal

        func schedule(
            _ text: String, in delay: Duration, by user: SignedInUser? = nil, clientID: String? = nil
        ) async throws -> ScheduleOutcome {
            try await room.chat.sending.schedule(
                NewMessage(in: room.id, by: (user ?? room.member).id, .text(text), clientID: clientID),
                at: clock.now + delay)
        }

        func waiting(_ user: SignedInUser? = nil) async throws -> [ScheduledMessage] {
            try await room.chat.sending.scheduled(in: room.id, by: user ?? room.member, after: nil, limit: 50)
        }

        /// Lets all jobs run whose time comes within a span.
        func pass(_ span: Duration) async throws {
            clock.advance(by: span)
            let scheduled: [ID<ScheduledMessage>] = try await room.chat.database.all(
                "select id from scheduled_messages where send_at <= \(clock.now) and failure is null order by send_at")
            for id in scheduled { _ = try await rehearsal.run(SendScheduledMessage(message: id)) }
            let expired: [ID<Message>] = try await room.chat.database.all(
                "select id from messages where (body ->> 'expiresAt')::timestamptz <= \(clock.now)")
            for id in expired { _ = try await rehearsal.run(ExpireMessage(message: id)) }
        }

        func owed(_ kind: String) async throws -> Int {
            try await room.chat.database.one("select count(*)::int from outbox where kind = \(kind)")
        }

        func read() async throws -> [String] { try await room.chat.read(room.id, by: room.other) }
    }

    private func lend(_ body: (Scene) async throws -> Void) async throws {
        let clock = ManualClock(.now)
        try await Room.lend(at: clock) { room in
            let rehearsal = Rehearsal(
                room.chat.durable.client,
                handlers: Handlers([
                    AnyHandler(SendScheduledMessageHandler(sending: room.chat.sending)),
                    AnyHandler(ExpireMessageHandler(conversations: room.conversations)),
                ]), durable: room.chat.durable)
            try await body(Scene(room: room, clock: clock, rehearsal: rehearsal))
        }
    }

    @Test func `a message is sent when its time comes, with a job that commits with it`() async throws {
        try await lend { scene in
            _ = try await scene.schedule("later", in: .hours(2))
            _ = try await scene.schedule("sooner", in: .hours(1))
            #expect(try await scene.waiting().map(\.content) == ["sooner", "later"])
            #expect(try await scene.waiting(scene.room.other).isEmpty, "they are the sender's own")
            #expect(try await scene.owed(SendScheduledMessage.kind) == 2)
            #expect(try await scene.read() == [])
            try await scene.pass(.hours(1))
            #expect(try await scene.read() == ["sooner"])
            try await scene.pass(.hours(1))
            #expect(try await scene.read() == ["sooner", "later"])
            #expect(try await scene.waiting().isEmpty)
        }
    }

    @Test func `a job that runs twice sends one message`() async throws {
        try await lend { scene in
            guard case .scheduled(let message) = try await scene.schedule("once", in: .hours(1)) else { return }
            scene.clock.advance(by: .hours(1))
            // The first run was cut off after it had sent.
            _ = try await scene.room.chat.sending.send(message.message)
            for _ in 0..<2 { _ = try await scene.rehearsal.run(SendScheduledMessage(message: message.id)) }
            #expect(try await scene.read() == ["once"])
        }
    }

    @Test func `one client id schedules one message, also after it was sent`() async throws {
        try await lend { scene in
            let time = scene.clock.now + .hours(1)
            func ask(_ text: String) async throws -> ScheduleOutcome {
                try await scene.room.chat.sending.schedule(
                    NewMessage(in: scene.room.id, by: scene.room.member.id, .text(text), clientID: "k1"), at: time)
            }
            let first = try await withThrowingTaskGroup { group in
                for _ in 0..<8 { group.addTask { try await ask("hello") } }
                return try await group.reduce(into: Set<ID<ScheduledMessage>>()) { ids, outcome in
                    if case .scheduled(let message) = outcome { ids.insert(message.id) }
                }
            }
            #expect(first.count == 1)
            #expect(try await problemCode { _ = try await ask("other") } == .idempotencyKeyReused)
            scene.clock.advance(by: .minutes(59))
            #expect(try await scene.owed(SendScheduledMessage.kind) == 1)
            let id = try #require(first.first)
            _ = try await scene.rehearsal.run(SendScheduledMessage(message: id))
            guard case .sent(let message) = try await ask("hello") else {
                Issue.record("it was sent before")
                return
            }
            #expect(message.content == "hello")
            #expect(try await scene.read() == ["hello"])
        }
    }

    @Test func `what is taken back is not sent, and what goes out is not taken back`() async throws {
        try await lend { scene in
            guard case .scheduled(let one) = try await scene.schedule("one", in: .hours(1)),
                case .scheduled(let two) = try await scene.schedule("two", in: .hours(1))
            else { return }
            let sending = scene.room.chat.sending
            try await sending.unschedule(one.id, in: scene.room.id, by: scene.room.member)
            #expect(
                try await problemCode {
                    try await sending.unschedule(two.id, in: scene.room.id, by: scene.room.other)
                } == .notFound)
            _ = try await ScheduledMessage.start(two.id, at: scene.clock.now, on: scene.room.chat.database)
            #expect(
                try await problemCode {
                    try await sending.unschedule(two.id, in: scene.room.id, by: scene.room.member)
                } == .notFound)
            _ = try await scene.rehearsal.run(SendScheduledMessage(message: one.id))
            try await scene.pass(.hours(1))
            #expect(try await scene.read() == ["two"])
            _ = try await scene.schedule("three", in: .hours(1))
            try await sending.unschedule(nil, in: scene.room.id, by: scene.room.member)
            #expect(try await scene.waiting().isEmpty)
        }
    }

    @Test func `who may not write when it is time is told why, and nobody else reads it`() async throws {
        try await lend { scene in
            _ = try await scene.schedule("too late", in: .hours(1))
            try await scene.room.conversations.remove(scene.room.member.id, from: scene.room.id, by: scene.room.admin)
            try await scene.pass(.hours(1))
            #expect(try await scene.read() == [""], "only that somebody was removed")
            #expect(try await scene.waiting().map(\.failure) == ["There is no such conversation"])
            let told = try await scene.room.conversations.notifications(
                of: scene.room.member, unreadAlone: true, before: nil, limit: 10)
            #expect(told.map(\.kind) == [.messageFailed])
        }
    }

    @Test func `the past, the far future, strangers and what needs its sender are refused`() async throws {
        try await lend { scene in
            for delay in [Duration.zero, .seconds(-1), .days(400)] {
                let code = try await problemCode { _ = try await scene.schedule("x", in: delay) }
                #expect(code == .validationFailed)
            }
            let unknown = try await problemCode {
                _ = try await scene.schedule("x", in: .hours(1), by: scene.room.stranger)
            }
            #expect(unknown == .notFound)
            let live = NewMessage(
                in: scene.room.id, by: scene.room.member.id,
                .liveLocation(latitude: 1, longitude: 2, lasting: .minutes(15)))
            let code = try await problemCode {
                _ = try await scene.room.chat.sending.schedule(live, at: scene.clock.now + .hours(1))
            }
            #expect(code == .validationFailed)
        }
    }

    // MARK: Messages that delete themselves

    @Test func `a message deletes itself for all when its time is over, and its job was there before it`() async throws
    {
        try await lend { scene in
            let sent = try await scene.room.chat.sending.send(
                NewMessage(in: scene.room.id, by: scene.room.member.id, .text("for a minute"), lifetime: .minutes(1)))
            #expect(sent.expiresAt == scene.clock.now.wholeMilliseconds + .minutes(1))
            #expect(try await scene.owed(ExpireMessage.kind) == 1)
            let early = try await scene.rehearsal.run(ExpireMessage(message: sent.id))
            #expect(early.name != "done")
            #expect(try await scene.read() == ["for a minute"])
            try await scene.pass(.minutes(1) + .milliseconds(1))
            #expect(try await scene.read() == [""])
            let gone = try await scene.room.show(sent, to: scene.room.other)
            #expect(gone.deletedAt != nil && gone.rev == sent.rev + 1 && gone.expiresAt == nil)
        }
    }

    @Test func `a message deletes itself also where all have left`() async throws {
        try await lend { scene in
            let room = scene.room
            let sent = try await room.chat.sending.send(
                NewMessage(in: room.id, by: room.member.id, .text("for a minute"), lifetime: .minutes(1)))
            for user in [room.admin, room.moderator, room.member, room.other] {
                try await room.conversations.leave(room.id, by: user)
            }
            #expect(try await room.show(sent, to: room.other).content == "for a minute")
            try await scene.pass(.minutes(1) + .milliseconds(1))
            let kept: String = try await room.chat.database.one("select content from messages where id = \(sent.id)")
            #expect(kept.isEmpty)
            #expect(try await problemCode { _ = try await room.show(sent, to: room.other) } == .notFound)
        }
    }

    @Test func `a refused message leaves a job that finds nothing, and one without an end stays`() async throws {
        try await lend { scene in
            let refused = NewMessage(
                in: scene.room.id, by: scene.room.stranger.id, .text("x"), lifetime: .minutes(1))
            #expect(try await problemCode { _ = try await scene.room.chat.sending.send(refused) } == .notFound)
            let lasting = try await scene.room.say("lasting", by: scene.room.member)
            for id in [refused.id, lasting.id] {
                let outcome = try await scene.rehearsal.run(ExpireMessage(message: id))
                #expect(outcome.name == "done")
            }
            #expect(try await scene.read() == ["lasting"])
        }
    }
}

extension Timestamp {
    /// As it goes over the wire.
    fileprivate var wholeMilliseconds: Timestamp { Timestamp(milliseconds: milliseconds) }
}
