import BenchSupport
import Runtime

/// One run of wrk against a server.
struct Load {
    let requestsPerSecond: Double
    /// Of the server, for each request.
    let cpuMicroseconds: Double

    static func run(
        _ server: WebProcess, _ path: String, connections: Int, seconds: Int = 4, token: String? = nil,
        script: String? = nil
    ) throws -> Load {
        var command = "wrk -t 2 -c \(connections) -d \(seconds)s"
        if let token { command += " -H 'Authorization: Bearer \(token)'" }
        if let script { command += " -s \(script)" }
        let cpu = try server.cpu
        let start = MonotonicTime.now
        let text = try Program.output("\(command) '\(server.url(path))' 2>&1")
        let time = MonotonicTime.now - start
        let used = try server.cpu - cpu
        server.emptyLog()
        guard !text.contains("Non-2xx"), let requests = requests(in: text), requests > 0 else {
            throw Program.Failed(description: "wrk was not answered as it should be: \(text)")
        }
        return Load(
            requestsPerSecond: requests / time.inSeconds, cpuMicroseconds: used.inSeconds * 1_000_000 / requests)
    }

    /// `  123456 requests in 4.00s, …`
    private static func requests(in text: String) -> Double? {
        text.split(separator: "\n").first { $0.contains(" requests in ") }
            .flatMap { $0.split(separator: " ").first }.flatMap { Double($0) }
    }
}

/// Several servers by turns, so that all meet the same moments of the machine.
struct Comparison {
    private var runs: [[Load]]

    /// The first is warmed up and measured like the others: each has a run that does not count.
    init(rounds: Int = 3, _ loads: [() throws -> Load]) throws {
        for load in loads { _ = try load() }
        runs = loads.map { _ in [] }
        for _ in 0..<rounds {
            for (index, load) in loads.enumerated() { runs[index].append(try load()) }
        }
    }

    func cpuMicroseconds(_ index: Int) -> Double { middle(runs[index].map(\.cpuMicroseconds)) }

    func requestsPerSecond(_ index: Int) -> Double { middle(runs[index].map(\.requestsPerSecond)) }

    /// Of the first server's CPU to that of another, round by round.
    func cpuRatio(to other: Int) -> Double {
        middle(zip(runs[0], runs[other]).map { $0.cpuMicroseconds / $1.cpuMicroseconds })
    }
}

func middle(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
