import BenchSupport
import Glibc
import Runtime

/// All figures of the front; or only the parts that are named as arguments: `get`, `echo`,
/// `read`, `idle`, `rest`.
func measureHTTP() async throws {
    let folder = "/tmp/switchyard-bench-\(getpid())"
    guard mkdir(folder, 0o700) == 0 else { throw SystemError.last("mkdir \(folder)") }
    defer { _ = try? Program.output("rm -rf \(folder)") }
    let wanted = Set(CommandLine.arguments.dropFirst())
    func wants(_ part: String) -> Bool { wanted.isEmpty || wanted.contains(part) }
    var figures = Figures()
    let peers = try Peers(folder)
    if wants("get") { try measureGet(peers, into: &figures) }
    if wants("echo") { try measureEcho(peers, into: &figures) }
    if wants("read") { try measureRead(peers, into: &figures) }
    if wants("idle") { try measureIdle(peers, into: &figures) }
    if wants("rest") { try measureRest(peers, into: &figures) }
    figures.print()
}

/// A constant, against nginx.
private func measureGet(_ peers: Peers, into figures: inout Figures) throws {
    let (ours, nginx) = (try peers.ours(), try peers.nginx())
    var worst = 0.0
    for connections in [64, 256] {
        let comparison = try Comparison([
            { try Load.run(ours, "/bench/hello", connections: connections) },
            { try Load.run(nginx, "/", connections: connections) },
        ])
        let ratio = comparison.cpuRatio(to: 1)
        worst = max(worst, ratio)
        figures.add("getCpuRatioNginx\(connections)", ratio, "of nginx's CPU, with wrk -c \(connections)")
        figures.add("getCpuMicroseconds\(connections)", comparison.cpuMicroseconds(0), "a request, of ours")
        figures.add("nginxCpuMicroseconds\(connections)", comparison.cpuMicroseconds(1), "a request, of nginx")
        figures.add("getPerSecond\(connections)", comparison.requestsPerSecond(0), digits: 0, "ours")
        figures.add("nginxPerSecond\(connections)", comparison.requestsPerSecond(1), digits: 0, "nginx")
    }
    figures.add("getCpuRatioNginx", worst, "the larger of both, at most 1.3")
}

/// An object that is decoded, checked, changed and encoded, against Node and Go.
private func measureEcho(_ peers: Peers, into figures: inout Figures) throws {
    let (ours, node, go) = (try peers.ours(), try peers.node(), try peers.go())
    let comparison = try Comparison([
        { try Load.run(ours, "/bench/echo", connections: 64, script: "bench/peers/echo.lua") },
        { try Load.run(node, "/echo", connections: 64, script: "bench/peers/echo.lua") },
        { try Load.run(go, "/echo", connections: 64, script: "bench/peers/echo.lua") },
    ])
    figures.add("echoCpuRatioNode", comparison.cpuRatio(to: 1), "of Node's CPU, at most 0.8")
    figures.add("echoCpuRatioGo", comparison.cpuRatio(to: 2), "of Go's CPU, at most 0.8")
    for (index, name) in ["echo", "node", "go"].enumerated() {
        figures.add("\(name)CpuMicroseconds", comparison.cpuMicroseconds(index), "a request")
        figures.add("\(name)PerSecond", comparison.requestsPerSecond(index), digits: 0)
    }
}

/// One row of pgbench's table for somebody who is signed in, against pgbench itself.
private func measureRead(_ peers: Peers, into figures: inout Figures) throws {
    let url = try variable("DATABASE_URL")
    let pgbench = "\(try variable("SWITCHYARD_POSTGRES_PROGRAMS"))/pgbench"
    _ = try Program.output("\(pgbench) -i -q -s 1 '\(url)' 2>&1")
    let ours = try peers.ours()
    var (rates, ratios, cpu): ([Double], [Double], [Double]) = ([], [], [])
    for round in 0...3 {
        let load = try Load.run(ours, "/", connections: 64, token: "bench", script: "bench/peers/accounts.lua")
        let text = try Program.output("\(pgbench) -n -M prepared -S -c 64 -j 2 -T 4 '\(url)' 2>&1")
        let theirs = try Program.number(after: "tps =", in: text)
        // The first round warms up.
        guard round > 0 else { continue }
        rates.append(load.requestsPerSecond)
        ratios.append(load.requestsPerSecond / theirs)
        cpu.append(load.cpuMicroseconds)
    }
    figures.add("authReadPerSecond", middle(rates), digits: 0, "rows for somebody signed in, wrk -c 64, at least 45000")
    figures.add("authReadRatioPgbench", middle(ratios), "of pgbench -S -M prepared -c 64, at least 0.6")
    figures.add("authReadCpuMicroseconds", middle(cpu), "a request, of ours")
}

/// What a connection costs that does nothing, in private memory of the server.
private func measureIdle(_ peers: Peers, into figures: inout Figures) throws {
    let count = 12_000
    let token = "bench"
    let get = "GET /bench/hello HTTP/1.1\r\nHost: bench\r\n\r\n"
    figures.add(
        "bytesPerIdleHttp", try bytesEach(count, of: peers.ours(), get, "HTTP/1.1 200"), digits: 0,
        "an idle keep-alive connection, up to 1024")
    let upgrade = """
        GET /bench/socket HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer \(token)\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
        Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n
        """
    figures.add(
        "bytesPerIdleWebSocket", try bytesEach(count, of: peers.ours(), upgrade, "HTTP/1.1 101"), digits: 0,
        "an idle authenticated WebSocket, of 12,000; up to 4096")
}

/// What the API takes that nobody uses yet.
private func measureRest(_ peers: Peers, into figures: inout Figures) throws {
    let api = try peers.api()
    // What the start allocated and gave back settles within a moment.
    usleep(1_000_000)
    figures.add("privateMb", try api.privateBytes / (1024 * 1024), "private memory of the API at rest, up to 16")
}

private func bytesEach(_ count: Int, of server: WebProcess, _ request: String, _ start: String) throws -> Double {
    // What the first connections bring with them belongs to the process.
    let first = try HeldConnections(100, to: server, request: request, expecting: start)
    usleep(500_000)
    let before = try server.privateBytes
    let held = try HeldConnections(count - 100, to: server, request: request, expecting: start)
    usleep(2_000_000)
    let bytes = (try server.privateBytes - before) / Double(count - 100)
    guard held.areAllOpen, first.areAllOpen else {
        throw Program.Failed(description: "the server closed idle connections")
    }
    return bytes
}

private func variable(_ name: String) throws -> String {
    guard let value = getenv(name) else {
        throw Program.Failed(description: "\(name) is not set: run `make bench-http`")
    }
    return String(cString: value)
}
