import Postgres
import Redis
import Runtime

/// Looks every two seconds whether a store answers, so that the whole process says once that it does not, and once that
/// it does again; and shows it in the metrics.
final class StoreWatch: Sendable {
    private static let interval = Duration.seconds(2)

    private let chores: Chores

    init(_ stores: [String: @Sendable () async throws -> Void], _ launch: Launch) {
        let log = launch.log.part("stores")
        let complaints = Complaints()
        let up = launch.metrics.gauges("store_up", "Whether a store answers.", labels: ["store"])
        let watched = stores.map { name, ask in
            let gauge = up.with(name)
            return Chore("watch \(name)", every: Self.interval) {
                do {
                    try await ask()
                    gauge.set(1)
                    if let lasted = complaints.end(name) {
                        log.info("store answers again", ["store": .string(name), "after": .duration(lasted)])
                    }
                } catch {
                    gauge.set(0)
                    if complaints.isNews(name) {
                        log.warning("store does not answer", ["store": .string(name), "error": .error(error)])
                    }
                }
                return false
            }
        }
        chores = Chores(watched, loops: launch.loops, clock: SystemClock(), logger: log)
    }

    func start() { chores.start() }
    func stop() async { await chores.stop() }
}

/// Whether an error only says what `StoreWatch` says for the whole process.
func isOfAbsentStore(_ error: any Error) -> Bool {
    switch error {
    case let error as PostgresError: error.kind == .connectionLost || error.kind == .unusableServer
    case RedisError.unreachable, RedisError.connectionLost, RedisError.closed: true
    case RedisError.server("LOADING", _): true
    default: false
    }
}
