import JSON
import TestSupport
import Testing

/// What leaves the house: pushes and mails, with the real processes.
@Suite(.ownStores) struct PostFlowTests {
    @Test func `a mail whose worker is killed before the answer comes again under the same name`() async throws {
        let peer = try TestProcess(
            "/usr/bin/python3", ["\(Repository.root)/Tests/EndToEndTests/Post/Peers/holding_mail_peer.py"])
        let port = try #require(await peer.waitForLine(containing: "listening").split(separator: " ").last)
        let platform = try await Platform([
            "SMTP_HOST": "127.0.0.1", "SMTP_PORT": String(port), "SMTP_SECURITY": "plain", "MAIL_PROVIDER": "smtp",
        ])
        _ = try await platform.register()
        _ = try await peer.waitForLine(containing: "mail <")
        try await platform.kill("worker-email")
        try platform.start("worker-email")
        let names = try await eventuallySome("the mail comes again") {
            let names = peer.lines.filter { $0.hasPrefix("mail <") }
            return names.count > 1 ? names : nil
        }
        #expect(Set(names).count == 1)
        try await eventually("nothing is owed") { try await platform.ask("select count(*) from outbox") == "0" }
        #expect(peer.lines.filter { $0.hasPrefix("mail <") }.count == 2)
        #expect(try await platform.ask("select count(*) from dead_letters") == "0")
        try await platform.stop()
    }

    @Test func `what is said to somebody who is away reaches their device, and none once it is forgotten`() async throws
    {
        let platform = try await Platform(["PUSH_PROVIDER": "log"])
        for name in ["worker-fanout", "worker-push"] { try platform.start(name) }
        let (ada, bob) = (try await platform.member(), try await platform.member())
        let named = try await bob.device.post("/devices", ["platform": "fcm", "token": "token-of-bob"])
        #expect(named.status == 201, "\(named)")
        #expect(try await bob.device.post("/devices", ["platform": "fcm", "token": "token-of-bob"]).status == 200)
        #expect(try await bob.device.get("/devices")["data", 0, "id"] == named["id"])
        #expect(try await bob.device.get("/devices/webpush-key")["key"].string?.utf8.count == 87)
        let wrong = try await bob.device.post("/devices", ["platform": "apns", "token": "no hexadecimal digits"])
        #expect(wrong.status == 422 && wrong["errors", 0, "field"] == "token", "\(wrong)")

        let opened = try await ada.device.post(
            "/conversations", ["type": "direct", "memberIds": [.string(bob.id)]])
        let id = try #require(opened["id"].string, "\(opened)")
        _ = try await ada.device.post("/conversations/\(id)/messages", ["type": "text", "content": "Lunch?"])
        let worker = try platform.process("worker-push")
        let line = try await worker.waitForLine(containing: "Lunch?")
        #expect(line.contains("Ada Lovelace") && line.contains(#""badge":1"#), "\(line)")

        #expect(try await bob.device.delete("/devices", ["platform": "fcm", "token": "token-of-bob"]).status == 204)
        _ = try await ada.device.post("/conversations/\(id)/messages", ["type": "text", "content": "Or not"])
        try await eventually("nothing is owed") { try await platform.ask("select count(*) from outbox") == "0" }
        #expect(!worker.output.contains("Or not") && !worker.output.contains("token-of-bob"))
        try await platform.stop()
    }
}
