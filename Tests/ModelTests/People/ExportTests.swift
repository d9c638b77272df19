import Foundation
import Postgres
import Queue
import QueueTesting
import Runtime
import TestSupport
import Testing

@testable import Model

@Suite(.ownAccounts) struct ExportTests {
    @Test func `an export is packed by a job, and its link is mailed`() async throws {
        try await World.lend { world in
            let person = try await world.member()
            let asked = try await world.accounts.requestExport(of: person.user, password: nil, from: Make.origin())
            #expect(asked.link == nil && asked.export.finishedAt == nil)
            #expect(try await world.runJobs().suffix(2) == [BuildAccountExport.kind, SendExportLink.kind])
            let ready = try await world.accounts.export(asked.export.id, of: person.user)
            let link = try #require(ready.link)
            #expect(world.mails.all.last?.link == link)
            let export = try await world.accounts.openExport(
                try #require(link.split(separator: "/").last.map(String.init)), from: Make.origin())
            let content = try await world.content(of: export)
            #expect(content.count == export.bytes)
            #expect(try await world.audit(.exportFetched, of: person.id) == 1)
        }
    }

    @Test func `a while after the sign-in it takes the password to ask for one`() async throws {
        try await World.lend { world in
            let person = try await world.member()
            world.clock.advance(by: .minutes(11))
            for (password, expected) in [
                (nil, Problem.Code.validationFailed), ("wrong password", .invalidCredentials), (Make.password, nil),
            ] {
                let code = try await problemCode {
                    _ = try await world.accounts.requestExport(
                        of: person.user, password: password, from: Make.origin())
                }
                #expect(code == expected)
            }
        }
    }

    @Test func `what a thief has asked for ends with the password`() async throws {
        try await World.lend { world in
            let person = try await world.member()
            let asked = try await world.accounts.requestExport(of: person.user, password: nil, from: Make.origin())
            try await world.runJobs()
            let link = try #require(try await world.accounts.export(asked.export.id, of: person.user).link)
            let token = try #require(link.split(separator: "/").last.map(String.init))
            _ = try await world.accounts.openExport(token, from: Make.origin())
            try await world.accounts.changePassword(
                from: Make.password, to: "another horse battery", of: person.user, from: Make.origin())
            await #expect(throws: Problem.self) {
                _ = try await world.accounts.openExport(token, from: Make.origin())
            }
        }
    }

    @Test func `Python reads the archive, and finds what is kept`() async throws {
        try await World.lend { world in
            let (person, other) = (try await world.member(), try await world.register())
            try await world.accounts.block(other.id, by: person.user)
            let bytes = try await world.exported(person)
            let folder = try ScratchFolder("export")
            try Data(bytes).write(to: URL(filePath: folder.file("export.zip")))
            let script = """
                import json, sys, zipfile
                archive = zipfile.ZipFile(sys.argv[1])
                assert archive.testzip() is None
                files = {name: json.loads(archive.read(name)) for name in archive.namelist()}
                print(sorted(files))
                print(files["account.json"][0]["email"])
                print(files["blocks.json"][0]["blocked_id"])
                print([entry["action"] for entry in files["security.json"]])
                """
            let lines = try await TestProcess.run("python3", ["-c", script, folder.file("export.zip")])
                .split(separator: "\n").map(String.init)
            #expect(
                lines[0] == "['account.json', 'auto_reply.json', 'blocks.json', 'conversations.json', 'devices.json', "
                    + "'drafts.json', 'identities.json', 'invoices.json', 'media.json', "
                    + "'notification_preferences.json', 'notifications.json', 'payments.json', 'reactions.json', "
                    + "'saved.json', 'scheduled.json', 'security.json', 'sessions.json', 'settings.json', "
                    + "'stories.json', 'votes.json']"
            )
            #expect(lines[1] == person.email.rawValue && lines[2] == "\(other.id)")
            #expect(lines[3].hasPrefix("['account.registered', 'session.opened', 'email.verified'"))
        }
    }

    @Test func `asked for again and at once, it is one export`() async throws {
        try await World.lend { world in
            let person = try await world.member()
            let ids = try await withThrowingTaskGroup(of: ID<AccountExport>.self) { group in
                for _ in 0..<5 {
                    group.addTask {
                        try await world.accounts.requestExport(of: person.user, password: nil, from: Make.origin())
                            .export.id
                    }
                }
                return try await group.reduce(into: Set()) { $0.insert($1) }
            }
            #expect(ids.count == 1)
            #expect(try await world.runJobs().filter { $0 == BuildAccountExport.kind }.count == 1)
            let later = try await world.accounts.requestExport(of: person.user, password: nil, from: Make.origin())
            #expect(ids.contains(later.export.id))
            world.clock.advance(by: .days(1) + .seconds(1))
            let next = try await world.accounts.requestExport(
                of: person.user, password: Make.password, from: Make.origin())
            #expect(!ids.contains(next.export.id))
        }
    }

    @Test func `a job that runs twice packs once`() async throws {
        try await World.lend { world in
            let person = try await world.member()
            let export = try await world.accounts.requestExport(of: person.user, password: nil, from: Make.origin())
                .export
            try await world.runJobs()
            let again = try await world.rehearsal.run(BuildAccountExport(export: export.id))
            #expect(again.name == "done")
            let parts: Int = try await world.database.one("select count(*) from account_export_parts")
            #expect(parts == 1)
        }
    }

    @Test func `it is its owner's alone, and for a week`() async throws {
        try await World.lend { world in
            let (person, other) = (try await world.member(), try await world.member())
            let export = try await world.accounts.requestExport(of: person.user, password: nil, from: Make.origin())
                .export
            try await world.runJobs()
            #expect(
                try await problemCode { _ = try await world.accounts.export(export.id, of: other.user) } == .notFound)
            let token = world.secrets.downloadTokens.token(for: export.id)
            world.clock.advance(by: .days(8))
            #expect(
                try await problemCode { _ = try await world.accounts.openExport(token, from: Make.origin()) }
                    == .notFound)
            let state = try await world.accounts.export(export.id, of: person.user)
            #expect(state.link == nil)
        }
    }

    @Test func `what somebody has written comes in files of so many messages`() async throws {
        try await World.lend { world in
            let person = try await world.member()
            let (id, conversation) = (ID<AccountExport>.new(), ID<Conversation>.new())
            _ = try await AccountExport.insert(id, of: person.id, at: world.clock.now, on: world.database)
            try await world.database.run(
                """
                with room as (
                    insert into conversations (id, type, title, last_seq, last_rev, active_at, created_at)
                    values (\(conversation), 'group', 'Room', 5, 5, now(), now())
                ), member as (
                    insert into members (conversation_id, user_id, role, joined_at, rev)
                    values (\(conversation), \(person.id), 'admin', now(), 0)
                )
                insert into messages (conversation_id, seq, id, rev, sender_id, type, content, created_at)
                select \(conversation), n, gen_random_uuid(), n, \(person.id), 'text', 'text ' || n, now()
                from generate_series(1, 5) n
                """)
            try await world.durable.transaction { transaction in
                try await BuildAccountExport(export: id).build([], messagesOfFile: 2, on: transaction)
            }
            let export = try #require(try await AccountExport.find(id, on: world.database))
            let folder = try ScratchFolder("export")
            try Data(try await world.content(of: export)).write(to: URL(filePath: folder.file("export.zip")))
            let script = """
                import json, sys, zipfile
                archive = zipfile.ZipFile(sys.argv[1])
                pages = [json.loads(archive.read(name)) for name in archive.namelist()]
                print(archive.namelist(), [len(page) for page in pages])
                print(sorted(message["content"] for page in pages for message in page))
                """
            let text = try await TestProcess.run("python3", ["-c", script, folder.file("export.zip")])
            #expect(
                text.split(separator: "\n") == [
                    "['messages-1.json', 'messages-2.json', 'messages-3.json'] [2, 2, 1]",
                    "['text 1', 'text 2', 'text 3', 'text 4', 'text 5']",
                ])
        }
    }

    @Test func `an export whose job has died is begun again an hour later`() async throws {
        try await World.lend { world in
            let person = try await world.member()
            let asked = try await world.accounts.requestExport(of: person.user, password: nil, from: Make.origin())
            try await world.database.run("delete from outbox")
            world.clock.advance(by: .hours(1) + .seconds(1))
            let again = try await world.accounts.requestExport(
                of: person.user, password: Make.password, from: Make.origin())
            #expect(again.export.id == asked.export.id)
            let jobs: Int = try await world.database.one(
                "select count(*)::int from outbox where kind = \(BuildAccountExport.kind)")
            #expect(jobs == 1)
        }
    }

    @Test func `a large export comes in pieces that make the whole`() async throws {
        try await World.lend { world in
            let person = try await world.member()
            let text = String(repeating: "0123456789abcdef", count: 160_000)
            let id = ID<AccountExport>.new()
            _ = try await AccountExport.insert(id, of: person.id, at: world.clock.now, on: world.database)
            try await world.durable.transaction { transaction in
                try await BuildAccountExport(export: id).build(
                    [ExportSection(name: "large.json") { _, _ in text }], on: transaction)
            }
            let export = try #require(try await AccountExport.find(id, on: world.database))
            let content = try await world.content(of: export)
            #expect(content.count == export.bytes && content.count > text.utf8.count)
            let parts: Int = try await world.database.one("select count(*) from account_export_parts")
            #expect(parts >= 3)
            for range in [0..<1, 1_048_570..<1_048_590, 5..<content.count, content.count - 3..<content.count, 9..<9] {
                #expect(try await world.content(of: export, range) == Array(content[range]))
            }
        }
    }
}

extension World {
    func content(of export: AccountExport) async throws -> [UInt8] {
        try await content(of: export, 0..<(export.bytes ?? 0))
    }

    func content(of export: AccountExport, _ range: Range<Int>) async throws -> [UInt8] {
        var content: [UInt8] = []
        try await accounts.write(range, of: export) { content += $0 }
        return content
    }

    func exported(_ person: Person) async throws -> [UInt8] {
        let export = try await accounts.requestExport(of: person.user, password: nil, from: Make.origin()).export
        try await runJobs()
        return try await content(of: try #require(try await AccountExport.find(export.id, on: database)))
    }
}
