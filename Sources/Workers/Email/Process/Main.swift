import EmailHandlers
import HTTP
import Model
import Queue
import Runtime

@main
struct Main {
    static func main() { runProcess() }
}

private func runProcess() -> Never {
    WorkerProcess.run(
        "worker-email", EmailConfig.self, tables: AllMigrations.sets, health: HealthServer.parts
    ) { config, worker in
        emailHandlers(config, worker)
    }
}
