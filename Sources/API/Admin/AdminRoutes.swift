import APIFrame
import HTTP
import Model
import Queue
import Runtime

/// What administrators do about jobs. Everything that changes something is audited.
package struct AdminRoutes: Sendable {
    private let desk: AdminDesk
    private let pulse: Pulse

    package init(_ durable: DurableQueue, loops: LoopGroup, log: Logger) {
        desk = AdminDesk(durable: durable, queues: KnownQueues(durable: durable))
        pulse = Pulse(desk, loops: loops, log: log)
    }

    /// What runs beside the routes; it ends before the server does, which waits for those who listen.
    package var part: any LifecycleComponent { pulse }

    package func tables(under prefix: String) -> [APIRoutes] {
        [
            APIRoutes(
                "Administration", under: prefix,
                OverviewRoutes(pulse: pulse).routes + QueueAdminRoutes(desk: desk).routes
                    + StatisticsAdminRoutes(desk: desk).routes + JobAdminRoutes(desk: desk).routes
                    + DeadAdminRoutes(desk: desk).routes + CronAdminRoutes(desk: desk).routes
                    + WorkerAdminRoutes(desk: desk).routes + BatchAdminRoutes(desk: desk).routes
                    + AuditAdminRoutes(desk: desk).routes)
        ]
    }
}
