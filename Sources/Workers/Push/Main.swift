import HTTP
import Model
import Queue
import Runtime

@main
struct Main {
    static func main() { runProcess() }
}

private func runProcess() -> Never {
    WorkerProcess.run("worker-push", tables: AllMigrations.sets, health: HealthServer.parts) { worker in
        // A line for each job: AnyHandler(SomeJobHandler(database: worker.database)),
        []
    }
}
