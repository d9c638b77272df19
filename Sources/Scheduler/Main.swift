import HTTP
import Model
import Queue
import Runtime

@main
struct Main {
    static func main() { runProcess() }
}

private func runProcess() -> Never {
    Launch.run("scheduler", ScheduleConfig.self, health: HealthServer.parts) { config, launch in
        try Scheduler.parts(config.scheduler, launch, crons: crons(config), tables: AllMigrations.sets)
    }
}
