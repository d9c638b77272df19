import Foundation
import Synchronization
import Testing

/// A PostgreSQL of a test's own, for tests that kill, stop and restart it. It ends, and leaves nothing, with this value.
package final class PostgresServer: Sendable {
    package let port: UInt16
    package var url: String { "postgresql://switchyard:\(password)@127.0.0.1:\(port)/switchyard" }
    package var socketURL: String { "postgresql://switchyard@/switchyard?host=\(folder.path)/sockets&port=\(port)" }
    private let password: String
    private let settings: [String]
    private let folder: ScratchFolder
    private let process = Mutex<TestProcess?>(nil)

    /// Makes a cluster with an empty database `switchyard` and starts it with settings such as `["max_connections=20"]`.
    package init(_ settings: [String] = []) async throws {
        folder = try ScratchFolder("pg")
        port = try FreePort.next()
        self.settings = settings
        try await Self.stores("make_folders '\(folder.path)' && init_postgres '\(folder.path)' --no-sync")
        password = try String(contentsOfFile: folder.file("postgres.password"), encoding: .utf8)
        try await start()
        try await Psql.run("create database switchyard", on: administrationURL)
    }

    deinit {
        stop()
    }

    /// Starts it again, on the same port, with its data.
    package func start() async throws {
        var started = try launch()
        try await eventually("PostgreSQL's first answer") {
            if let exit = started.poll() {
                // What a killed server leaves behind holds its shared memory for a moment longer.
                guard started.errors.contains("shared memory block") else {
                    throw EndedEarly(name: "postgres", exit: exit, errors: started.errors)
                }
                started = try launch()
            }
            return try await isReady()
        }
        process.withLock { $0 = started }
    }

    /// SIGKILL to the server and its children. Nothing is saved, connections are cut.
    package func kill() async throws {
        guard let running = process.withLock({ $0 }) else { return }
        running.killFamily()
        try await running.waitForExit()
    }

    package func restart() async throws {
        try await kill()
        try await start()
    }

    package func stop() {
        process.withLock { running in
            running?.killFamily()
            running = nil
        }
        removeSharedMemory()
    }

    private var administrationURL: String {
        "postgresql://switchyard@/postgres?host=\(folder.path)/sockets&port=\(port)"
    }

    private func launch() throws -> TestProcess {
        let programs = try Environment.required("SWITCHYARD_POSTGRES_PROGRAMS")
        let fixed = [
            "unix_socket_directories=\(folder.path)/sockets", "listen_addresses=127.0.0.1", "port=\(port)",
            "fsync=off", "shared_buffers=16MB", "dynamic_shared_memory_type=mmap",
        ]
        var words = ["\(programs)/postgres", "-D", folder.file("postgres")]
        for setting in fixed + settings { words += ["-c", setting] }
        if getuid() == 0 { words = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--"] + words }
        return try TestProcess(words[0], Array(words.dropFirst()))
    }

    private func isReady() async throws -> Bool {
        do {
            try await Psql.run("select 1", on: administrationURL)
            return true
        } catch is EndedEarly {
            return false
        }
    }

    /// A server that was killed leaves its segment behind; line 7 of its pid file names it.
    private func removeSharedMemory() {
        guard let lines = try? String(contentsOfFile: folder.file("postgres/postmaster.pid"), encoding: .utf8) else {
            return
        }
        let fields = lines.split(separator: "\n", omittingEmptySubsequences: false)
        guard fields.count > 6, let segment = fields[6].split(separator: " ").last.flatMap({ Int32($0) }) else {
            return
        }
        shmctl(segment, IPC_RMID, nil)
    }

    /// Calls a function of scripts/stores.sh, which knows how to run PostgreSQL's programs as root.
    private static func stores(_ call: String) async throws {
        let script = Repository.root + "/scripts/stores.sh"
        try await TestProcess.run("bash", ["-c", "set -euo pipefail; . '\(script)'; \(call)"])
    }
}
