import JSON
import Queue
import Runtime

/// A scheduler with one cron entry, for tests that kill it.
@main
struct Main {
    static func main() { runProcess() }
}

private func runProcess() -> Never {
    Launch.run("scheduler-probe", SchedulerConfig.self) { config, launch in
        let tick = try Cron("tick", "@every 1s", missed: .runAll(limit: 1000, within: .hours(1))) {
            Tick(planned: $0.seconds)
        }
        return Scheduler.parts(config, launch, crons: [tick], queues: [Tick.queue])
    }
}

/// Says for when it was planned.
private struct Tick: Job, Codable {
    static let kind = "test.ticked"
    static let queue = QueueName("ticks")
    let planned: Int64
}
