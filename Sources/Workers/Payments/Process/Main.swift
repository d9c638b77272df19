import HTTP
import Model
import PaymentHandlers
import Queue
import Runtime

@main
struct Main {
    static func main() { runProcess() }
}

private func runProcess() -> Never {
    WorkerProcess.run(
        "worker-payments", PaymentWorkerConfig.self, tables: AllMigrations.sets, health: HealthServer.parts
    ) { config, worker in
        paymentHandlers(config, worker)
    }
}
