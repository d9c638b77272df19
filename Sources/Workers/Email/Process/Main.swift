import EmailHandlers
import Model
import Queue
import Runtime

@main
struct Main {
    static func main() { runProcess() }
}

private func runProcess() -> Never {
    WorkerProcess.run("worker-email", EmailConfig.self, tables: AllMigrations.sets) { config, worker in
        emailHandlers(config, worker)
    }
}
