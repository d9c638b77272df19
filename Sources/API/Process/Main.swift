import HTTP
import Queue
import Runtime

@main
struct Main {
    static func main() { runProcess() }
}

private func runProcess() -> Never {
    Launch.run("api", StoresConfig.self, health: HealthServer.parts) { config, launch in [Stores(config, launch)] }
}
