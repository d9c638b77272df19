import FanoutHandlers
import HTTP
import Model
import Queue
import Runtime

@main
struct Main {
    static func main() { runProcess() }
}

private func runProcess() -> Never {
    WorkerProcess.run("worker-fanout", tables: AllMigrations.sets, health: HealthServer.parts) { worker in
        fanoutHandlers(worker)
    }
}
