import BenchSupport
import Redis
import Runtime

/// PING by many tasks at once against redis-benchmark with the same number of commands in flight on one connection.
///
/// A call costs the client more than it costs the server. 64 tasks are measured on one loop; 256 as a process has them,
/// spread over a loop and a connection for each core, and for comparison on one loop too.
func measureRedis(into figures: inout Figures) async throws {
    let options = try RedisOptions(url: try requiredVariable("REDIS_URL"))
    for (key, tasks, loops, note) in [
        ("redisPingRatio64", 64, 1, "at least 0.50"), ("redisPingRatio256", 256, 2, "at least 0.80; two loops"),
        ("redisPingRatio256OneLoop", 256, 1, "one loop"),
    ] {
        let group = LoopGroup(count: loops)
        let client = RedisClient(options, on: group)
        var ratios: [Double] = []
        for _ in 0..<5 {
            let theirs = try benchmarkRate(pipelined: tasks, options.endpoint)
            ratios.append(try await pingRate(client, group, tasks: tasks) / theirs)
        }
        figures.add(key, ratios.sorted()[2], "of redis-benchmark -c 1 -P \(tasks), \(note)")
        client.close()
    }
}

private func pingRate(_ client: RedisClient, _ group: LoopGroup, tasks: Int) async throws -> Double {
    let each = 400_000 / tasks
    return try await rate(of: each * tasks) {
        try await withThrowingTaskGroup { everywhere in
            for loop in group.loops {
                everywhere.addTask {
                    try await onLoop(loop) { _ in
                        try await pingByTasks(tasks / group.loops.count, each, client, loop)
                    }
                }
            }
            try await everywhere.waitForAll()
        }
    }
}

private func pingByTasks(_ tasks: Int, _ each: Int, _ client: RedisClient, _ loop: EventLoop) async throws {
    try await withThrowingTaskGroup { group in
        for _ in 0..<tasks { group.addTask { try await ping(each, client, on: loop.domain) } }
        try await group.waitForAll()
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
