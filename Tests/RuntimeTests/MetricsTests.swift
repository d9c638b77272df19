import Foundation
import Runtime
import Testing

@Suite struct MetricsTests {
    let metrics = MetricsRegistry()

    private var text: String {
        var buffer = ByteBuffer()
        metrics.write(to: &buffer)
        return buffer.toString()
    }

    @Test func `the text is ordered and whole`() {
        let requests = metrics.counters("requests_total", "Requests answered.", labels: ["method", "status"])
        requests.with("POST", "201").add(3)
        requests.with("GET", "200").add()
        metrics.gauge("connections", "Open \\ now\nor idle.").set(2.5)
        let seconds = metrics.histogram("wait_seconds", "Waiting.", bounds: [0.1, 1])
        for value in [0.05, 0.1, 0.5, 7] { seconds.observe(value) }
        seconds.add([0, 1, 0], sum: 0.35)
        seconds.observe(.nan)
        #expect(
            text == """
                # HELP connections Open \\\\ now\\nor idle.
                # TYPE connections gauge
                connections 2.5
                # HELP requests_total Requests answered.
                # TYPE requests_total counter
                requests_total{method="GET",status="200"} 1
                requests_total{method="POST",status="201"} 3
                # HELP wait_seconds Waiting.
                # TYPE wait_seconds histogram
                wait_seconds_bucket{le="0.1"} 2
                wait_seconds_bucket{le="1"} 4
                wait_seconds_bucket{le="+Inf"} 5
                wait_seconds_sum 8
                wait_seconds_count 5

                """)
    }

    @Test func `labels are escaped`() {
        metrics.gauges("g", "G.", labels: ["l"]).with("a\"b\\c\nd").set(1)
        #expect(text.contains(#"g{l="a\"b\\c\nd"} 1"#))
    }

    @Test func `the same name and shape is the same series`() {
        metrics.counter("a_total", "A.").add()
        metrics.counter("a_total", "A.").add()
        #expect(metrics.counter("a_total", "A.").value == 2)
        let family = metrics.histograms("h", "H.", labels: ["l"], bounds: [1])
        #expect(family.with("x") === metrics.histograms("h", "H.", labels: ["l"], bounds: [1]).with("x"))
    }

    @Test func `the same name in another shape stops the process`() async {
        await #expect(processExitsWith: .failure) {
            let metrics = MetricsRegistry()
            _ = metrics.counter("a", "A.")
            _ = metrics.gauge("a", "A.")
        }
        await #expect(processExitsWith: .failure) {
            let metrics = MetricsRegistry()
            _ = metrics.histogram("a", "A.", bounds: [1, 2])
            _ = metrics.histogram("a", "A.", bounds: [1, 3])
        }
    }

    @Test func `eight threads lose no count`() {
        let counter = metrics.counter("c_total", "C.")
        let gauge = metrics.gauge("g", "G.")
        let histogram = metrics.histogram("h", "H.", bounds: [0.5])
        let done = Semaphore()
        for _ in 0..<8 {
            Runtime.Thread.start(name: "counting") {
                for turn in 0..<2000 {
                    counter.add(2)
                    gauge.add(turn % 2 == 0 ? 3 : -1)
                    histogram.observe(turn % 2 == 0 ? 0 : 1)
                }
                done.signal()
            }
        }
        for _ in 0..<8 { done.wait() }
        #expect(counter.value == 32000)
        #expect(gauge.value == 16000)
        #expect(histogram.count == 16000)
        #expect(text.contains("h_bucket{le=\"0.5\"} 8000\n"))
        #expect(text.contains("h_sum 8000\n"))
    }

    @Test func `labels without end gather under other`() {
        let family = metrics.counters("c_total", "C.", labels: ["who"])
        for number in 0..<5000 { family.with("\(number)").add() }
        #expect(family.with("other").value == 3000)
        #expect(text.split(separator: "\n").count == 2003)
    }

    @Test func `a computed number is asked for when somebody looks`() {
        let source = metrics.gauge("source", "Source.")
        metrics.computed("pool_size", "Size.", labels: ["pool": "b"]) { source.value * 2 }
        metrics.computed("pool_size", "Size.", labels: ["pool": "a"]) { .infinity }
        source.set(21)
        #expect(text.contains("pool_size{pool=\"a\"} +Inf\npool_size{pool=\"b\"} 42\n"))
    }

    @Test func `every process measures itself`() throws {
        let writer = LogWriter(process: "test", descriptor: -1)
        defer { writer.close() }
        ProcessMetrics.register(in: metrics, process: "api", version: "1.2", log: writer)
        let values = Dictionary(
            uniqueKeysWithValues: text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
                let parts = line.split(separator: " ")
                return (String(parts[0]), Double(parts[1]) ?? .nan)
            })
        #expect(try #require(values["process_resident_memory_bytes"]) > 1_000_000)
        #expect(try #require(values["process_cpu_seconds_total"]) > 0)
        #expect(try #require(values["process_open_fds"]) >= 3)
        #expect(try #require(values["process_max_fds"]) >= 64)
        #expect(abs(try #require(values["process_start_time_seconds"]) - Date().timeIntervalSince1970) < 60)
        #expect(values["build_info{process=\"api\",version=\"1.2\"}"] == 1)
        #expect(values["log_events_dropped_total"] == 0)
    }

    @Test(.enabled(if: promtool != nil, "promtool is not installed: make setup brings it"))
    func `promtool finds nothing to mend`() throws {
        let writer = LogWriter(process: "test", descriptor: -1)
        defer { writer.close() }
        ProcessMetrics.register(in: metrics, process: "api", version: "1.2", log: writer)
        metrics.counters("requests_total", "Requests \\ answered\nso far.", labels: ["path"]).with("/\"a\"\\\n").add()
        metrics.histograms("wait_seconds", "Waiting.", labels: ["queue"]).with("push").observe(0.2)
        metrics.gauge("empty_ratio", "Nothing.").set(.nan)
        let (status, output) = try check(text)
        #expect(status == 0, "\(output)")
        #expect(output.isEmpty)
        #expect(try check("# TYPE broken counter\nbroken{ 1\n").0 != 0)
    }

    private static let promtool = ["/usr/bin/promtool", "/usr/local/bin/promtool"]
        .first { FileManager.default.isExecutableFile(atPath: $0) }

    private func check(_ text: String) throws -> (Int32, String) {
        let process = Process()
        process.executableURL = Foundation.URL(fileURLWithPath: try #require(Self.promtool))
        process.arguments = ["check", "metrics"]
        let (input, output) = (Foundation.Pipe(), Foundation.Pipe())
        process.standardInput = input
        process.standardOutput = output
        process.standardError = output
        try process.run()
        try input.fileHandleForWriting.write(contentsOf: Data(text.utf8))
        try input.fileHandleForWriting.close()
        let answer = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, answer)
    }
}
