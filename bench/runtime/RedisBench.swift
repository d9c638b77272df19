import BenchSupport
import Redis
import Runtime

/// PING by many tasks at once against redis-benchmark with the same number of commands in flight on one connection.
func measureRedis(_ group: LoopGroup, into figures: inout Figures) async throws {
    let options = try RedisOptions(url: try requiredVariable("REDIS_URL"))
    let client = RedisClient(options, on: group)
    for (tasks, wanted) in [(64, "0.50"), (256, "0.80")] {
        var ratios: [Double] = []
        var best = 0.0
        for _ in 0..<5 {
            let theirs = try benchmarkRate(pipelined: tasks, options.endpoint)
            let ours = try await pingRate(client, group.loops[0], tasks: tasks)
            best = max(best, ours)
            ratios.append(ours / theirs)
        }
        figures.add(
            "redisPingRatio\(tasks)", ratios.sorted()[2], "of redis-benchmark -c 1 -P \(tasks), at least \(wanted)")
        figures.add("redisPings\(tasks)PerSecond", best, digits: 0, "the fastest of five runs")
    }
    client.close()
}

private func pingRate(_ client: RedisClient, _ loop: EventLoop, tasks: Int) async throws -> Double {
    let each = 400_000 / tasks
    return try await onLoop(loop) { domain in
        try await rate(of: each * tasks) {
            try await withThrowingTaskGroup { group in
                for _ in 0..<tasks { group.addTask { try await ping(each, client, on: loop.domain) } }
                try await group.waitForAll()
            }
        }
    }
}

/// As the parts of a process that live on the loop do it.
private func ping(_ count: Int, _ client: RedisClient, on domain: isolated LoopDomain) async throws {
    for _ in 0..<count { _ = try await client.call(on: domain) { $0.command("PING") } }
}

private func benchmarkRate(pipelined: Int, _ endpoint: Endpoint) throws -> Double {
    let place =
        switch endpoint {
        case .tcp(let host, let port): "-h \(host) -p \(port)"
        case .unix(let path): "-s \(path)"
        }
    let text = try Program.output(
        "redis-benchmark \(place) -c 1 -P \(pipelined) -n 1000000 -t ping_mbulk --csv 2>/dev/null")
    return try Program.number(after: "\"PING_MBULK\",", in: text)
}
