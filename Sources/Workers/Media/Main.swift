import Queue
import Runtime

@main
struct Main {
    static func main() { runProcess() }
}

private func runProcess() -> Never {
    Launch.run("worker-media", StoresConfig.self) { config, launch in [Stores(config, launch)] }
}
