import Model
import Postgres
import Redis
import Runtime
import Synchronization

/// Listens for events as long as the process serves sockets.
package final class RealtimeEvents: LifecycleComponent {
    package let name = "events"
    private let redis: RedisOptions
    private let channel: String
    private let hub: LoopBound<EventHub>
    private let subscriber = Mutex<RedisSubscriber?>(nil)
    private let watch = Mutex<Task<Void, Never>?>(nil)
    /// A client that lacks the last event of a conversation has it after so long.
    private static let tailCheck = Duration.seconds(10)

    package init(
        _ routes: RealtimeRoutes, database: Database, redis: RedisOptions, stage: EventStage, loops: LoopGroup,
        log: Logger
    ) {
        self.redis = redis
        channel = stage.channel
        let log = log.part("events")
        hub = LoopBound(
            EventHub(
                EventDesk(database: database), FollowerBook(database: database, log: log), routes.people,
                routes.lobbies, log: log), to: loops.loops[0])
    }

    /// Sockets are taken after this, so that no event can pass between a client's sync and its socket.
    package func start() async throws {
        await withCheckedContinuation { (heard: CheckedContinuation<Void, Never>) in
            let waiting = Mutex<CheckedContinuation<Void, Never>?>(heard)
            let made = RedisSubscriber(redis, on: hub.loop, channels: [channel]) { [hub] event, domain in
                hub.value(on: domain).own = hub
                hub.value(on: domain).hear(event, on: domain)
                waiting.withLock { $0.take() }?.resume()
            }
            subscriber.withLock { $0 = made }
        }
        let watching = hub.loop.spawn { [hub] in
            while (try? await SystemClock().sleep(for: Self.tailCheck)) != nil {
                hub.loop.execute { hub.value(on: $0).checkTails(on: $0) }
            }
        }
        watch.withLock { $0 = watching }
    }

    package func stop() async {
        let watching = watch.withLock { $0.take() }
        watching?.cancel()
        await watching?.value
        subscriber.withLock { $0.take() }?.close()
        hub.loop.execute { [hub] in hub.value(on: $0).own = nil }
    }
}
