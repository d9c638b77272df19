import Queue
import Runtime

@main
struct Main {
    static func main() { runProcess() }
}

private func runProcess() -> Never {
    Launch.run("api", StoresConfig.self) { config, launch in [Stores(config, launch)] }
}
