import JSON
import TestSupport
import Testing

/// A worker is killed in the middle of what must not be done by halves.
@Suite(.ownStores) struct KilledWorkerTests {
    @Test func `an export whose worker is killed half way is packed by the next one, once`() async throws {
        let platform = try await Platform()
        let person = try await platform.member()
        let table = try await HeldRows.table("blocks", on: platform)
        let asked = try await person.device.post("/users/me/export")
        let id = try #require(asked["id"].string)
        try await table.untilWaitedFor()
        try await platform.kill("worker-maintenance")
        try await table.release()
        #expect(try await platform.ask("select count(*) from account_export_parts") == "0")
        let unfinished = try await person.device.get("/users/me/exports/\(id)")
        #expect(unfinished.status == 200 && unfinished["finishedAt"] == .null)

        try platform.start("worker-maintenance")
        let ready = try await eventuallySome("the export is packed") {
            let state = try await person.device.get("/users/me/exports/\(id)")
            return state["downloadUrl"] == .null ? nil : state
        }
        let file = try await person.device.get(try #require(ready["downloadUrl"].string))
        #expect(file.bytes.count == ready["bytes"].integer)
        // Each section once.
        let names = try await Archive.names(of: file.bytes)
        #expect(names.count > 9 && Set(names).count == names.count, "\(names)")
        #expect(try await platform.ask("select count(*) from account_exports") == "1")
        try await platform.expectNothingLeft()
        try await platform.stop()
    }

    @Test func `a deletion whose worker is killed half way leaves the account whole, and then nothing of it`()
        async throws
    {
        let platform = try await Platform(["ACCOUNT_DELETION_GRACE": "0"])
        let person = try await platform.member()
        _ = try await person.device.post("/users/me/export")
        try await eventually { try await platform.ask("select count(*) from account_export_parts") != "0" }
        let table = try await HeldRows.table("blocks", on: platform)
        let wish = try await person.device.delete("/users/me", ["password": .string(Resident.password)])
        #expect(wish.status == 202, "\(wish)")
        try await table.untilWaitedFor()
        try await platform.kill("worker-maintenance")
        try await table.release()
        // Credentials and settings had been removed by then.
        let device = try await person.login()
        #expect(try await device.get("/users/me")["username"] == .string(person.username))
        #expect(try await device.get("/users/me/settings")["theme"] == "system")

        try platform.start("worker-maintenance")
        try await eventually("the account is gone") { try await device.get("/users/me").status == 401 }
        #expect(try await Device(platform).login(person.email, Resident.password).status == 401)
        let left = try await platform.ask(
            """
            select (select count(*) from credentials) + (select count(*) from user_settings)
                + (select count(*) from account_exports) + (select count(*) from sessions where ended_at is null)
                + (select count(*) from users where username is not null or email is not null)
            """)
        #expect(left == "0")
        #expect(try await platform.ask("select count(*) from account_deletions where report is not null") == "1")
        #expect(try await platform.ask("select count(*) from audit_log where action = 'account.deleted'") == "1")
        // Name and address are free again.
        _ = try await platform.register(person.username)
        try await platform.expectNothingLeft()
        try await platform.stop()
    }
}
