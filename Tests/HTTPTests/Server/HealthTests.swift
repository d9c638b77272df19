import Glibc
import HTTP
import Runtime
import TestSupport
import Testing

/// Whole processes, each a child of the test's, that look at themselves as a probe would.
struct HealthTests {
    private struct Nothing: ConfigGroup {
        init(from reader: inout ConfigReader) {}
    }

    @Test func `a process tells whether it lives, whether it is ready, and what it counts`() async {
        await #expect(processExitsWith: .exitCode(0)) {
            let (environment, probe) = try Probe.make()
            Launch.run("test", environment: environment, Nothing.self, health: HealthServer.parts) { _, launch in
                let part = Component("part") {
                    // Served before the parts have started, but not ready.
                    let healthz = await probe.ask("/healthz")
                    precondition(healthz.status == 200)
                    let readyz = await probe.ask("/readyz")
                    precondition(readyz.status == 503)
                }
                launch.loops.loops[0].spawn {
                    try? await eventually { launch.lifecycle.isReady }
                    let ready = await probe.ask("/readyz")
                    precondition(ready.status == 200 && ready.text == "ready\n")
                    let metrics = await probe.ask("/metrics")
                    precondition(metrics.text.contains("build_info{process=\"test\""))
                    let elsewhere = await probe.ask("/elsewhere")
                    precondition(elsewhere.status == 404)
                    launch.lifecycle.stop()
                }
                return [part]
            }
        }
    }

    @Test func `readiness falls before parts are stopped, and the metrics are there to the end`() async {
        await #expect(processExitsWith: .exitCode(0)) {
            let (environment, probe) = try Probe.make()
            Launch.run("test", environment: environment, Nothing.self, health: HealthServer.parts) { _, launch in
                let part = Component("part") {
                    launch.lifecycle.stop()
                } stop: {
                    let ready = await probe.ask("/readyz")
                    precondition(ready.status == 503 && ready.text == "draining\n")
                    let metrics = await probe.ask("/metrics")
                    precondition(metrics.status == 200)
                }
                return [part]
            }
        }
    }

    @Test func `what is missing is named`() async {
        await #expect(processExitsWith: .exitCode(0)) {
            let (environment, probe) = try Probe.make()
            Launch.run("test", environment: environment, Nothing.self, health: HealthServer.parts) { _, launch in
                launch.readiness.add("redis") { throw CancellationError() }
                launch.readiness.add("postgresql") {}
                launch.loops.loops[0].spawn {
                    try? await eventually { launch.lifecycle.isReady }
                    let readyz = await probe.ask("/readyz")
                    precondition(readyz.text == "not there: redis\n")
                    launch.lifecycle.stop()
                }
                return []
            }
        }
    }
}

/// Asks the health server of its own process.
private struct Probe: Sendable {
    let port: UInt16
    let client = HTTPClient(on: LoopGroup(count: 1))

    static func make() throws -> (ConfigEnvironment, Probe) {
        let probe = Probe(port: try FreePort.next())
        return (ConfigEnvironment(["METRICS_LISTEN": "127.0.0.1:\(probe.port)"]), probe)
    }

    func ask(_ path: String) async -> (status: Int, text: String) {
        let request = HTTPRequest(.get, "http://127.0.0.1:\(port)\(path)")
        guard let answer = try? await client.send(request) else { return (0, "") }
        return (answer.status, String(decoding: answer.body, as: UTF8.self))
    }
}
