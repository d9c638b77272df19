import HTTP
import Model
import PushHandlers
import Queue
import Runtime

@main
struct Main {
    static func main() { runProcess() }
}

private func runProcess() -> Never {
    WorkerProcess.run("worker-push", PushConfig.self, tables: AllMigrations.sets, health: HealthServer.parts) {
        config, worker in
        pushHandlers(config, worker)
    }
}
