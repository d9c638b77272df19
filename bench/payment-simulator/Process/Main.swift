import HTTP
import PaymentSimulation
import Runtime

@main
struct Main {
    static func main() { runProcess() }
}

/// Where it listens, and where webhooks go.
struct SimulatorConfig: ConfigGroup {
    let endpoint: Endpoint
    let webhooks: String

    init(from reader: inout ConfigReader) {
        let port = reader.read("PORT", .int(in: 0...65535), default: 8090)
        endpoint = reader.read("LISTEN", .endpoint, default: .tcp(host: "127.0.0.1", port: UInt16(port)))
        webhooks = reader.read("PAYMENT_WEBHOOKS_URL", .text, default: "http://127.0.0.1:8080/webhooks/payments")
    }
}

private func runProcess() -> Never {
    Launch.run("payment-simulator", SimulatorConfig.self, health: HealthServer.parts) { config, launch in
        let simulator = Simulator(
            base: "http://127.0.0.1:8090", webhooks: config.webhooks, http: HTTPClient(on: launch.loops),
            loops: launch.loops)
        let server = HTTPServer(
            "payment-simulator", on: config.endpoint, loops: launch.loops, metrics: launch.metrics, log: launch.log,
            handler: { request in try await simulator.handle(request) })
        return [
            server,
            Component(
                "its address",
                start: {
                    guard let address = server.address else { return }
                    simulator.setBase("http://\(address)")
                    launch.log.warning(
                        "development stand-in: payments are simulated, no money moves",
                        ["address": .string("\(address)"), "webhooks": .string(config.webhooks)])
                }),
        ]
    }
}
