import BenchSupport
import Glibc

/// Starts our server and those that it is compared with.
struct Peers {
    private let folder: String
    private let built: String

    init(_ folder: String) throws {
        guard let built = getenv("SWITCHYARD_BENCH_PEERS") else {
            throw Program.Failed(description: "SWITCHYARD_BENCH_PEERS is not set: run `make bench-http`")
        }
        self.folder = folder
        self.built = String(cString: built)
    }

    /// The API's frame with routes of the benchmark.
    func ours() throws -> WebProcess {
        try WebProcess(
            "ours", "exec env LISTEN=127.0.0.1:PORT \(ownFolder)/bench-http-server", folder: folder,
            readyPath: "/bench/hello"
        )
    }

    /// The API itself, with all that it serves.
    func api() throws -> WebProcess {
        _ = try Program.output("\(ownFolder)/yardctl migrate >\(folder)/migrate.log 2>&1")
        return try WebProcess(
            "api", "exec env LISTEN=127.0.0.1:PORT \(ownFolder)/api", folder: folder, readyPath: "/readyz")
    }

    func nginx() throws -> WebProcess {
        let place = "sed 's|@port@|PORT|; s|@folder@|\(folder)|' bench/peers/nginx.conf >\(folder)/nginx.conf"
        return try WebProcess(
            "nginx", "\(place); exec nginx -p \(folder) -c \(folder)/nginx.conf", folder: folder)
    }

    func node() throws -> WebProcess {
        try WebProcess("node", "exec node bench/peers/node_http.js PORT", folder: folder)
    }

    func go() throws -> WebProcess { try WebProcess("go", "exec \(built)/go-http PORT", folder: folder) }

    private var ownFolder: String {
        CommandLine.arguments[0].split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(
            separator: "/")
    }
}
