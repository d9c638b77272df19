import Glibc
import Postgres
import Runtime

/// pg_dump and pg_restore on the database of `DATABASE_URL`. The password goes by the environment: arguments can be read
/// by everybody on the machine.
struct PostgresProgram {
    private let url: URL

    init(_ config: DatabaseConfig) throws {
        guard let url = URL(config.url.exposed) else {
            throw CommandFailure("DATABASE_URL is not a URL", code: .config)
        }
        self.url = url
    }

    func run(
        _ name: String, _ arguments: [String], complaints: String, _ tick: () -> Void
    ) async throws {
        guard let path = ChildProgram.find(name) else {
            throw CommandFailure(
                "\(name) is not installed", hint: "On Debian it comes with the package postgresql-client.",
                code: .config)
        }
        let program = ChildProgram(
            path: path, arguments: arguments + ["--dbname=\(address)"], environment: environment,
            complaints: complaints)
        do { try await program.run(tick) } catch let error as ChildFailed {
            throw CommandFailure("\(error)", code: .software)
        }
    }

    private var environment: [String: String] {
        var environment = ["LC_ALL": "C", "PATH": "/usr/bin:/bin"]
        if let password = url.password { environment["PGPASSWORD"] = password.exposed }
        if let home = getenv("HOME") { environment["HOME"] = String(cString: home) }
        return environment
    }

    /// The URL as it was written, but for the password.
    private var address: String {
        let start = url.exposed.index(url.exposed.startIndex, offsetBy: url.scheme.count + 3)
        guard url.password != nil, let at = url.exposed.lastIndex(of: "@"),
            let colon = url.exposed[start..<at].firstIndex(of: ":")
        else { return url.exposed }
        return String(url.exposed[..<colon] + url.exposed[at...])
    }
}
