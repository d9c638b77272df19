import BenchSupport
import Glibc
import HTTP
import QueueBench
import Runtime

/// What it costs to be watched: jobs that carry a trace, one in a hundred of them kept and sent to a collector on this
/// machine, against the same jobs with nobody to tell. By turns, so that both meet the same moments of the machine.
func measureTraces(_ bench: Yardstick, on loops: LoopGroup, into figures: inout Figures) async throws {
    let file = "/tmp/switchyard-bench-\(getpid())-collector"
    let collector = pid_t(
        try Program.output("exec /usr/bin/python3 bench/peers/trace_sink.py >\(file) 2>&1 </dev/null & echo $!")
            .dropLast())
    defer {
        if let collector { kill(collector, SIGKILL) }
        unlink(file)
    }
    var port = ""
    for _ in 0..<500 where port.isEmpty {
        try await SystemClock().sleep(for: .milliseconds(20))
        port = try Program.output("cat \(file)").split(separator: "\n").first.map(String.init) ?? ""
    }
    var reader = ConfigReader(["OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:\(port)"])
    let config = TraceConfig(from: &reader)
    let tracer = Tracer(TraceSampling(.parentOrNever))
    let exporter = TraceExporter(tracer, config, process: "bench-queue", loops: loops, log: .silent)
    try await exporter.start()
    var (off, on): ([Throughput], [Throughput]) = ([], [])
    for _ in 0..<5 {
        off.append(try await Throughput.measure(jobs: 300_000, traces: Traces(oneIn: 100, tracer: nil), on: bench))
        on.append(try await Throughput.measure(jobs: 300_000, traces: Traces(oneIn: 100, tracer: tracer), on: bench))
    }
    await exporter.stop()
    func middle(_ of: (Throughput) -> Double, _ list: [Throughput]) -> Double { list.map(of).sorted()[list.count / 2] }
    let rates = (off: middle(\.jobsPerSecond, off), on: middle(\.jobsPerSecond, on))
    let cpu = (off: middle(\.cpuMicrosecondsPerJob, off), on: middle(\.cpuMicrosecondsPerJob, on))
    figures.add("jobsPerSecondTraced", rates.on, digits: 0, "jobs with a trace, one in a hundred sent to a collector")
    figures.add("tracesCostPercent", (1 - rates.on / rates.off) * 100, digits: 1, "of the rate without; below 5")
    figures.add("tracesCpuPercent", (cpu.on / cpu.off - 1) * 100, digits: 1, "more CPU of the process for a job")
    figures.add("spansLost", Double(tracer.lost), digits: 0, "0")
}
