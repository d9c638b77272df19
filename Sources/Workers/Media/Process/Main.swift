import HTTP
import MediaHandlers
import MediaProcessing
import Model
import Queue
import Runtime

@main
struct Main {
    static func main() { runProcess() }
}

private func runProcess() -> Never {
    MediaChild.runIfAsked(CommandLine.arguments)
    WorkerProcess.run(
        "worker-media", MediaConfig.self, tables: AllMigrations.sets, concurrency: Workshop.places,
        health: HealthServer.parts
    ) { config, worker in
        mediaHandlers(config, worker)
    }
}
