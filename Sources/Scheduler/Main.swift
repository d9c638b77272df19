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
        let places = [config.places.api, config.places.app]
        return try Scheduler.parts(config.scheduler, launch, crons: crons(config), tables: AllMigrations.sets)
            + [CertificateWatch(places, loops: launch.loops, metrics: launch.metrics, log: launch.log)]
    }
}
