import HTTP
import Runtime

@main
struct Main {
    static func main() { runProcess() }
}

private func runProcess() -> Never {
    Launch.run("api", APIProcessConfig.self, health: HealthServer.parts) { config, launch in
        try APIProcess(config, launch).parts
    }
}
