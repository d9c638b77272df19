import Crypto
import Foundation
import JSON
import Model
import Postgres
import Queue
import Runtime
import TestSupport
import Testing

/// Backups, by restoring them.
@Suite(.ownStores) struct BackupCommandTests {
    private let folder: ScratchFolder

    init() throws { folder = try ScratchFolder("backups") }

    private var backups: String { "\(folder.path)/backups" }
    private func storage(_ name: String) -> [String: String] { ["STORAGE_PATH": "\(folder.path)/\(name)"] }

    /// A system with a job that is owed and two files; with people and their messages, which take a moment, where they
    /// count.
    private func fill(withPeople: Bool = false) async throws -> Shed {
        let shed = try await Shed.migrated()
        if withPeople { try await Yardctl.run("demo") }
        let durable = try shed.durable()
        durable.start()
        _ = try await durable.transaction { try await $0.enqueue(Chore(number: 7)) }
        await durable.stop()
        for text in ["one", "and another"] { try await addFile(text, to: shed) }
        return shed
    }

    private func addFile(_ text: String, to shed: Shed) async throws {
        let digest = Hash.sha256(text)
        let path = "\(folder.path)/storage/\(StoredName(digest: digest))"
        try FileManager.default.createDirectory(
            atPath: Files.folder(of: path), withIntermediateDirectories: true)
        try text.write(toFile: path, atomically: false, encoding: .utf8)
        try await shed.database().run(
            "insert into stored_files (digest, bytes) values (\(digest), \(text.utf8.count))")
    }

    /// Every table with what is in it, in one text.
    private func content(of database: Database) async throws -> [String] {
        let tables: [String] = try await database.all(
            """
            select table_name::text from information_schema.tables
            where table_schema = 'public' and table_type = 'BASE TABLE' and table_name not in ('outbox', 'outbox_writers')
            order by 1
            """)
        var content: [String] = []
        for table in tables {
            // The name is one of the catalogue's.
            let sum: String = try await database.one(
                """
                select md5(coalesce(query_to_xml('select t::text from ' || quote_ident(\(table)) || ' t order by 1',
                    true, true, '')::text, ''))
                """, within: .minutes(1))
            content.append("\(table) \(sum)")
        }
        return content
    }

    private func made() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: backups).sorted()
    }

    @Test func `what is restored is what was backed up, files and owed jobs included`() async throws {
        let shed = try await fill(withPeople: true)
        let before = try await content(of: try shed.database())
        let backup = try await Yardctl.run("backup", backups, "--json", environment: storage("storage"))
        #expect(backup.code == .code(0), "\(backup.errors)")
        let path = try #require(try backup.json["path"]?.string)
        #expect(try backup.json["files"]?.integer == 2 && backup.json["missing"] == [])
        let owed: Int64 = try await shed.database().one("select count(*) from outbox")
        #expect(owed > 0)

        try await shed.database().run("delete from outbox")
        try await shed.database().run("drop table if exists one_time_codes cascade")
        let refused = try await Yardctl.run("restore", path, environment: storage("restored"))
        #expect(refused.code == .code(1) && refused.errors.contains("not empty"), "\(refused)")
        let restored = try await Yardctl.run(
            "restore", path, "--overwrite", "--empty-redis", "--yes", "--json", environment: storage("restored"))
        #expect(restored.code == .code(0), "\(restored.errors)")
        #expect(try restored.json["files"]?.integer == 2 && restored.json["jobsOwed"]?.integer == Int(owed))

        let again = try Shed()
        #expect(try await content(of: try again.database()) == before)
        let due: Int64 = try await again.database().one("select count(*) from outbox where push_at <= now()")
        #expect(due == owed)
        for text in ["one", "and another"] {
            let file = "\(folder.path)/restored/\(StoredName(digest: Hash.sha256(text)))"
            #expect(try String(contentsOfFile: file, encoding: .utf8) == text)
        }
        #expect(try await Yardctl.run("migrate", "--check").code == .code(0))
    }

    @Test func `a second backup shares the files of the first, and the old ones go but the newest`() async throws {
        _ = try await fill()
        try FileManager.default.createDirectory(
            atPath: "\(backups)/switchyard-20200101T000000Z", withIntermediateDirectories: true)
        let first = try await Yardctl.run("backup", backups, "--json", environment: storage("storage")).json
        #expect(first["removed"] == ["switchyard-20200101T000000Z"])
        let path = try #require(first["path"]?.string)
        // A name is a second.
        try await eventually("the next second") {
            try await Yardctl.run("backup", backups, environment: storage("storage")).code == .code(0)
                && made().count == 2
        }
        let name = StoredName(digest: Hash.sha256("one")).description
        let attributes = try FileManager.default.attributesOfItem(atPath: "\(path)/\(name)")
        #expect(attributes[.referenceCount] as? Int == 2)
        #expect(try await Yardctl.run("backup", backups, "--list").lines.count == 3)
    }

    @Test func `one that was killed leaves nothing that looks like a backup`() async throws {
        let shed = try await fill()
        // A lock holds pg_dump where it is.
        let database = try shed.database()
        try await database.transaction { transaction in
            try await transaction.run("lock table users in access exclusive mode")
            let process = try Yardctl.start(["backup", backups], environment: storage("storage"))
            try await eventually("the backup has begun") { (try? made().count) == 1 }
            process.killFamily()
            _ = try await process.waitForExit()
        }
        let left = try made()
        #expect(left.count == 1 && left.allSatisfy { $0.hasPrefix(".unfinished") })
        let refused = try await Yardctl.run("restore", "\(backups)/\(left[0])")
        #expect(refused.code == .code(1) && refused.errors.contains("no whole backup"))
        #expect(try await Yardctl.run("backup", backups, environment: storage("storage")).code == .code(0))
        #expect(try made().count == 1 && made().allSatisfy { $0.hasPrefix("switchyard-") })
    }

    @Test func `a damaged backup changes nothing`() async throws {
        let shed = try await fill()
        let backup = try await Yardctl.run("backup", backups, "--json", environment: storage("storage")).json
        let path = try #require(backup["path"]?.string)
        let before = try await content(of: try shed.database())
        let file = "\(path)/\(StoredName(digest: Hash.sha256("one")))"
        try "two".write(toFile: file, atomically: false, encoding: .utf8)
        let refused = try await Yardctl.run(
            "restore", path, "--overwrite", "--yes", environment: storage("restored"))
        #expect(refused.code == .code(1) && refused.errors.contains("damaged"))
        #expect(try await content(of: try shed.database()) == before)
    }

    @Test func `the database is tested, and made anew where that is allowed`() async throws {
        let shed = try await fill()
        #expect(try await Yardctl.run("db", "test").code == .code(0))
        #expect(try await Yardctl.run("db", "reset").code == .code(2))
        let production = ["APP_ENV": "production"]
        #expect(try await Yardctl.run("db", "reset", "--yes", environment: production).code == .code(78))
        #expect(try await Yardctl.run("db", "reset", "--yes").code == .code(0))
        let people: Int64 = try await shed.database().one("select count(*) from users")
        #expect(people == 0)
        #expect(try await Yardctl.run("db", "test", "--json").json["pending"] == [])
    }

    @Test func `what a queue needs is said as a table and as JSON`() async throws {
        let shed = try Shed()
        try await shed.queue.enqueueAll((0..<5).map { Chore(number: $0) })
        let json = try await Yardctl.run("autoscale", "--json").json["queues"]?[0]
        #expect(json?["queue"]?.string == "chores" && json?["workers"]?.integer == 0)
        #expect(json?["wanted"]?.integer == 1 && json?["ready"]?.integer == 5)
        let table = try await Yardctl.run("autoscale", "chores", "--wait", "1m")
        #expect(table.lines.last?.split(separator: " ").prefix(4) == ["chores", "0", "1", "5"])
        #expect(try await Yardctl.run("autoscale", "nowhere").code == .code(1))
    }
}
