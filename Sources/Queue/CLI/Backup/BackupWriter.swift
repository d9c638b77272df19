import Glibc
import Model
import Postgres
import Runtime

/// Makes one backup in a folder of its own.
struct BackupWriter: Sendable {
    struct Made {
        let manifest: BackupManifest
        /// Files that the database knows and storage has not.
        let missing: [String]
    }

    let session: Session
    let database: Database
    let work: String
    /// The backup before.
    let earlier: String?
    let startedAt = Timestamp.now

    /// First the database, then the files: what a row of the dump names is there, or was not needed any more.
    func write(withFiles: Bool) async throws -> Made {
        let dump = try await writeDatabase()
        let (media, missing) = withFiles ? try await writeMedia() : (nil, [])
        let manifest = BackupManifest(
            format: BackupManifest.format, startedAt: startedAt.rfc3339, finishedAt: Timestamp.now.rfc3339,
            database: dump, media: media)
        try manifest.write(in: work)
        return Made(manifest: manifest, missing: missing)
    }

    private func writeDatabase() async throws -> BackupManifest.Database {
        let path = "\(work)/\(BackupManifest.dump)"
        let server: String = try await database.one("select current_setting('server_version')")
        let migrations: Int64 = try await database.one("select count(*) from schema_migrations")
        let line = ProgressLine("database", console: session.console)
        defer { line.end() }
        try await PostgresProgram(try session.load()).run(
            "pg_dump", ["--format=custom", "--no-owner", "--no-privileges", "--file=\(path)"],
            complaints: "\(work)/errors"
        ) { line.update((try? Files.size(of: path)) ?? 0, of: nil) }
        unlink("\(work)/errors")
        try Files.sync(path)
        return BackupManifest.Database(
            bytes: try Files.size(of: path), sha256: try WrittenFile.sha256(of: path), server: server,
            migrations: Int(migrations))
    }

    private func writeMedia() async throws -> (BackupManifest.Media, [String]) {
        let config = try session.load(StorageConfig.self)
        let copier =
            config.server == nil
            ? MediaCopier(source: config.folder, target: work, earlier: earlier) : nil
        let total: Int64 = try await database.one("select count(*) from stored_files")
        let line = ProgressLine("files", console: session.console)
        defer { line.end() }
        var (list, files, bytes, gone): ([UInt8], Int, Int, [MediaFiles.File]) = ([], 0, 0, [])
        try await MediaFiles.forEach(in: database) { page in
            for file in page {
                try Task.checkCancellation()
                if case .missing? = try copier?.put(file) {
                    gone.append(file)
                    continue
                }
                list += Array(file.line.utf8)
                files += 1
                bytes += file.bytes
                line.update(files, of: Int(total))
            }
        }
        var missing: [String] = []
        for file in gone where try await MediaFiles.isKnown(file, in: database) {
            missing.append(file.name.description)
        }
        let path = "\(work)/\(BackupManifest.list)"
        try WrittenFile.write(list, to: path)
        let media = BackupManifest.Media(
            kind: copier == nil ? "s3" : "disk", files: files, bytes: bytes,
            listSha256: try WrittenFile.sha256(of: path))
        return (media, missing)
    }
}
