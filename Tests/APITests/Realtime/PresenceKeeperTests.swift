import Model
import Postgres
import Queue
import Redis
import Runtime
import TestSupport
import Testing

@testable import APIRoutes

/// What one process writes down of who has sockets there, and others read.
@Suite(.ownStores) struct PresenceKeeperTests {
    /// A process with nothing but its people.
    private struct Scene {
        let keeper: PresenceKeeper
        let book: PresenceBook
        let people = LocalPeople()
        let redis: RedisClient
        let processes: String

        init() throws {
            let stores = try TestStores.current
            redis = RedisClient(try RedisOptions(url: stores.redisURL), on: Loops.group)
            processes = stores.redisPrefix + "realtime:processes"
            book = PresenceBook(redis: redis, prefix: stores.redisPrefix)
            let database = Database(
                DatabaseConfig(url: stores.databaseURL), loops: Loops.group, threads: Loops.threads)
            let queue = QueueClient(redis: redis, loops: Loops.group, prefix: stores.redisPrefix)
            let durable = DurableQueue(
                database: database, client: queue, loops: Loops.group, name: "test", logger: .silent)
            let parts = RealtimeParts(
                sending: Sending(
                    Conversations(durable: durable), writer: MessageWriter(durable: durable, loops: Loops.group)),
                receipts: ReceiptWriter(database: database, queue: queue, loops: Loops.group, log: .silent),
                queue: queue, presence: book)
            keeper = PresenceKeeper(parts, people: people, loop: Loops.group.loops[0], log: .silent) {}
        }

        static func lend(_ body: (Scene) async throws -> Void) async throws {
            let scene = try Scene()
            try await scene.keeper.start()
            let outcome: Result<Void, any Error>
            do { outcome = .success(try await body(scene)) } catch { outcome = .failure(error) }
            await scene.keeper.stop()
            scene.redis.close()
            try outcome.get()
        }

        func enter() -> ID<User> {
            let user = ID<User>.new()
            _ = people.enter(user)
            keeper.entered(user)
            return user
        }

        func isThere(_ user: ID<User>) async throws -> Bool { try await book.states(of: [user])[user] == .online }
    }

    @Test func `a process that others have buried enters its people again`() async throws {
        try await Scene.lend { scene in
            let user = scene.enter()
            try await eventually("the person is there") { try await scene.isThere(user) }
            let processes = try await scene.redis.call("ZRANGE", scene.processes, 0, -1).expectArray()
            for process in processes.compactMap(\.string) { try await scene.book.forget(process) }
            try await eventually("the person is there again") { try await scene.isThere(user) }
        }
    }

    @Test func `a process is new once, and again after it was forgotten`() async throws {
        try await Scene.lend { scene in
            #expect(try await scene.book.beat("other").isNew)
            #expect(try await !scene.book.beat("other").isNew)
            try await scene.book.forget("other")
            #expect(try await scene.book.beat("other").isNew)
        }
    }

    @Test func `who came on one loop before another said that they left stays`() async throws {
        try await Scene.lend { scene in
            let (user, other) = (scene.enter(), scene.enter())
            for person in [user, other] {
                try await eventually("they are there") { try await scene.isThere(person) }
            }
            scene.keeper.left(user)
            _ = scene.people.leave(other)
            scene.keeper.left(other)
            try await eventually("the other is gone") { try await !scene.isThere(other) }
            #expect(try await scene.isThere(user))
        }
    }
}
