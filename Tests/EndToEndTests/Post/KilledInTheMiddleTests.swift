import Glibc
import HTTP
import JSON
import TestSupport
import Testing

/// The worker of each kind of work is killed in the middle of it: what it makes is whole or absent, and made once.
@Suite(.ownStores) struct KilledInTheMiddleTests {
    /// Looked into when all is made and stored, and only the last transaction is missing.
    @Test func `pictures, sounds and documents are whole or absent`() async throws {
        let files = try ScratchFolder("killed")
        let script = "\(Repository.root)/Tests/ModelTests/Peers/pictures.py"
        try await TestProcess.run("/usr/bin/python3", [script, "make", files.path])
        let platform = try await Platform([
            "STORAGE_PATH": files.file("stored"), "WORKER_CONCURRENCY": "8", "MEDIA_URL": "https://files.example.org",
        ])
        let ada = try await platform.register()
        var sent: [(id: String, thumbnails: Int)] = []
        for (name, thumbnails) in [("photo.jpg", 6), ("sound.mp3", 0), ("page.pdf", 6)] {
            let media = try await ada.device.send(file: files.file(name))
            sent.append((try #require(media["id"].string, "\(media)"), thumbnails))
        }
        let held = try await HeldRows(by: "select from media for update", on: platform)
        try platform.start("worker-media")
        try await held.untilWaitedFor(by: sent.count)
        try await platform.kill("worker-media")
        try await held.release()
        #expect(try await platform.ask("select count(*) from media where state = 'processing'") == "\(sent.count)")
        #expect(try await platform.ask("select count(*) from media_variants") == "0")

        try platform.start("worker-media")
        for (id, thumbnails) in sent {
            let media = try await eventuallySome("\(id) is ready") {
                let media = try await ada.device.get("/media/\(id)")
                return media["state"] == "ready" ? media : nil
            }
            guard case .array(let made) = media["thumbnails"] else { continue }
            #expect(made.count == thumbnails)
            try await expectWhole(media, "content", media["bytes"], ada.device)
            for one in made {
                let (size, format) = (try #require(one["size"]?.integer), try #require(one["format"]?.string))
                try await expectWhole(media, "thumbnails/\(size)?format=\(format)", one["bytes"], ada.device)
            }
        }
        try await platform.expectNothingLeft()
        try await platform.stop()
    }

    /// Each by a link to the host of files, of which this installation has one.
    private func expectWhole(_ media: Answer, _ part: String, _ bytes: JSONValue?, _ device: Device) async throws {
        let id = try #require(media["id"].string)
        let answer = try await device.get("/media/\(id)/\(part)")
        let link = try #require(answer.headers["Location"], "\(answer)")
        #expect(answer.status == 302 && link.hasPrefix("https://files.example.org/api/v1/files/"))
        let path = String(link.dropFirst("https://files.example.org/api/v1".count))
        // Nobody in particular, and from any page.
        let found = try await Device(device.platform).get(path, ["Origin": "null"])
        #expect(found.status == 200 && found.bytes.count == bytes?.integer, "\(part) \(found.status)")
        #expect(found.headers["Access-Control-Allow-Origin"] == "*")
        #expect(found.headers["Content-Security-Policy"]?.contains("sandbox") == true)
        let wrong = try await Device(device.platform).get(
            String(path.dropLast(2)) + (path.hasSuffix("AA") ? "BB" : "AA"))
        #expect(wrong.status == 404)
        let stranger = try await Device(device.platform).get("/media/\(id)/\(part)")
        #expect(stranger.status == 401)
    }

    @Test func `a push is told once, and a story is there or gone`() async throws {
        let platform = try await Platform(["PUSH_PROVIDER": "log"])
        try platform.start("worker-fanout")
        let (ada, bob) = (try await platform.member(), try await platform.member())
        let named = try await bob.device.post("/devices", ["platform": "fcm", "token": "token-of-bob"])
        #expect(named.status == 201, "\(named)")
        let opened = try await ada.device.post(
            "/conversations", ["type": "direct", "memberIds": [.string(bob.id)]])
        let id = try #require(opened["id"].string, "\(opened)")
        let row = try await HeldRows(
            by: "select from members where user_id = '\(bob.id)' for update", on: platform)
        // Before it, since what is said waits for nothing of his.
        try platform.start("worker-push")
        _ = try await ada.device.post("/conversations/\(id)/messages", ["type": "text", "content": "Lunch?"])
        try await row.untilWaitedFor()
        try await platform.kill("worker-push")
        try await row.release()
        try platform.start("worker-push")
        let worker = try platform.process("worker-push")
        try await worker.waitForLine(containing: "Lunch?")
        try await platform.expectNothingLeft()
        #expect(worker.lines.filter { $0.contains("Lunch?") }.count == 1)

        _ = try await ada.device.post("/stories", ["type": "text", "content": "Hello"])
        _ = try await platform.ask("update stories set leaves_at = now(), expires_at = now()")
        let views = try await HeldRows.table("story_views", on: platform)
        try await platform.yardctl("cron", "run", "story.expire")
        try await views.untilWaitedFor()
        try await platform.kill("worker-maintenance")
        try await views.release()
        // Its statement may have come to its end without it, or not: half of it was never seen.
        try platform.start("worker-maintenance")
        try await eventually("the story is gone") { try await platform.ask("select count(*) from stories") == "0" }
        try await platform.expectNothingLeft()
        try await platform.stop()
    }
}

extension Device {
    /// A file as it lies on the disk.
    fileprivate func send(file path: String) async throws -> Answer {
        var headers: HTTPHeaders = ["X-Forwarded-For": address, "Content-Type": "application/octet-stream"]
        if let accessToken { headers["Authorization"] = "Bearer \(accessToken)" }
        return Answer(
            try await Platform.http.send(
                HTTPRequest(.post, "\(platform.url)/api/v1/media", headers: headers, body: .file(path: path))))
    }
}
