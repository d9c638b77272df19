import Glibc
import JSON
import Model
import Postgres
import Runtime

/// `yardctl backup`
enum BackupCommand {
    static let command = Command(
        path: "backup", summary: "back the database and the files up into a folder",
        details: [
            "Makes a folder switchyard-<time> in DIR: the database as pg_dump writes it, the files where STORAGE is disk,",
            "and hashes of it all. It has that name only once it is whole and on the disk; what an interrupted run leaves",
            "has another, and the next run removes it. Files that the backup before has too are shared with it and take no",
            "room. Where STORAGE is s3 only the list of files is kept: let the server keep their versions. Processes may go",
            "on meanwhile. Redis is not in it: what is owed is in the outbox, and restore brings it back from there.",
            "Backups older than --keep are removed, but never the newest.",
        ],
        parameters: [.init(name: "DIR", summary: "the folder of all backups", words: .files)],
        options: [
            .init(name: "keep", value: "SPAN", summary: "how long backups are kept (default 30d); 0s for ever"),
            .init(name: "without-files", summary: "the database alone"),
            .init(name: "list", summary: "list the backups there are, and make none"),
        ],
        examples: [("/var/backups/switchyard", "every night, from a timer")],
        run: run)

    static func run(_ invocation: Invocation, _ session: Session) async throws -> ExitCode {
        let folder = BackupFolder(path: invocation.word("DIR"))
        if invocation.flag("list") { return list(folder, invocation, session) }
        let keep = try invocation.option("keep", .duration(in: .zero ... .days(3650))) ?? .days(30)
        try Files.makeFolder(folder.path)
        folder.removeLeftovers()
        let work = try folder.begin()
        do {
            let writer = BackupWriter(
                session: session, database: try session.database(), work: work,
                earlier: folder.names.last.map(folder.path(of:)))
            let made = try await writer.write(withFiles: !invocation.flag("without-files"))
            let name = try folder.finish(work, at: writer.startedAt)
            let pruned = keep > .zero ? folder.prune(olderThan: keep, at: .now) : []
            return report(made, folder.path(of: name), pruned, invocation, session)
        } catch {
            Files.removeFolder(work)
            throw error
        }
    }

    private static func report(
        _ made: BackupWriter.Made, _ path: String, _ pruned: [String], _ invocation: Invocation, _ session: Session
    ) -> ExitCode {
        let media = made.manifest.media
        if invocation.wantsJSON {
            session.console.print([
                "path": .string(path), "databaseBytes": .number(made.manifest.database.bytes),
                "files": .number(media?.files ?? 0), "fileBytes": .number(media?.bytes ?? 0),
                "missing": .array(made.missing.map { .string($0) }),
                "removed": .array(pruned.map { .string($0) }),
            ])
        } else {
            let files = media.map { ", \(Figures.count($0.files, "file")) of \(Figures.bytes($0.bytes))" } ?? ""
            session.console.print("Made \(path): a database of \(Figures.bytes(made.manifest.database.bytes))\(files).")
            if media?.kind == "s3" {
                session.console.print("The files stay on the S3 server: this has only their list.")
            }
            for name in pruned { session.console.print("Removed \(name).") }
        }
        guard !made.missing.isEmpty else { return .clean }
        session.console.note(
            "\(Figures.count(made.missing.count, "file")) the database knows are not in storage, the first: "
                + made.missing[0])
        return .finding
    }

    private static func list(_ folder: BackupFolder, _ invocation: Invocation, _ session: Session) -> ExitCode {
        var table = Table([.init(title: "BACKUP"), .init(title: "DATABASE", isNumber: true), .init(title: "FILES")])
        table.emptyText = "There are no backups."
        var found: [JSONValue] = []
        for name in folder.names {
            guard let manifest = try? BackupManifest.read(in: folder.path(of: name)) else { continue }
            table.add(
                Table.Cell(name, .bold), Table.Cell(Figures.bytes(manifest.database.bytes)),
                Table.Cell(manifest.media.map { "\(Figures.count($0.files)) (\($0.kind))" } ?? "none"))
            found.append([
                "name": .string(name), "databaseBytes": .number(manifest.database.bytes),
                "files": .number(manifest.media?.files ?? 0),
            ])
        }
        if invocation.wantsJSON {
            session.console.print(["backups": .array(found)])
        } else {
            session.console.print(table)
        }
        return .clean
    }
}
