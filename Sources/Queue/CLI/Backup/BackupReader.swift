import Glibc
import Model
import Postgres
import Runtime

/// Brings one backup back.
struct BackupReader: Sendable {
    let session: Session
    let folder: String
    let database: Database

    /// Nothing is touched before all that can be known to be wrong is known to be right.
    func prove(withFiles: Bool) async throws -> BackupManifest {
        let manifest = try BackupManifest.read(in: folder)
        let dump = "\(folder)/\(BackupManifest.dump)"
        let line = ProgressLine("proving", console: session.console)
        defer { line.end() }
        var done = 0
        let hash = try? WrittenFile.sha256(of: dump) { count in
            try Task.checkCancellation()
            done += count
            line.update(done, of: manifest.database.bytes)
        }
        try Task.checkCancellation()
        guard hash == manifest.database.sha256 else { throw Self.broken(dump) }
        guard withFiles, let media = manifest.media else { return manifest }
        let list = "\(folder)/\(BackupManifest.list)"
        guard (try? WrittenFile.sha256(of: list)) == media.listSha256 else { throw Self.broken(list) }
        guard media.kind == "disk" else { return manifest }
        for file in try MediaFiles.read(list) {
            try Task.checkCancellation()
            let path = "\(folder)/\(file.name)"
            guard (try? WrittenFile.sha256(of: path)) == file.digest else { throw Self.broken(path) }
        }
        return manifest
    }

    private static func broken(_ path: String) -> CommandFailure {
        CommandFailure(
            "\(path) is damaged, or not there: nothing was changed", hint: "Take another backup: yardctl backup --list",
            code: .finding)
    }

    func restoreDatabase() async throws {
        let complaints = "\(folder)/restore-errors-\(getpid())"
        defer { unlink(complaints) }
        let line = ProgressLine("database", console: session.console)
        defer { line.end() }
        try await PostgresProgram(try session.load()).run(
            "pg_restore",
            [
                "--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction",
                "\(folder)/\(BackupManifest.dump)",
            ],
            complaints: complaints
        ) { line.update(0, of: nil) }
    }

    /// How many came back. Those that are there already are the same.
    func restoreMedia(_ manifest: BackupManifest) async throws -> Int {
        guard let media = manifest.media, media.kind == "disk" else { return 0 }
        let config = try session.load(StorageConfig.self)
        guard config.server == nil else {
            throw CommandFailure(
                "the backup holds files of a disk, and STORAGE is s3",
                hint: "Restore with STORAGE=disk, or add --without-files and copy \(folder)/files yourself.",
                code: .config)
        }
        let copier = MediaCopier(source: folder, target: config.folder)
        let line = ProgressLine("files", console: session.console)
        defer { line.end() }
        var restored = 0
        for (number, file) in try MediaFiles.read("\(folder)/\(BackupManifest.list)").enumerated() {
            try Task.checkCancellation()
            if case .copied = try copier.put(file) { restored += 1 }
            line.update(number + 1, of: media.files)
        }
        return restored
    }
}
