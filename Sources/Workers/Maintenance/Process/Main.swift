import HTTP
import MaintenanceHandlers
import Model
import Queue
import Runtime

@main
struct Main {
    static func main() { runProcess() }
}

private func runProcess() -> Never {
    WorkerProcess.run("worker-maintenance", tables: AllMigrations.sets, health: HealthServer.parts) { worker in
        maintenanceHandlers(worker)
    }
}
