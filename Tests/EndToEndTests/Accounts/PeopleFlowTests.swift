import HTTP
import JSON
import TestSupport
import Testing

extension AccountFlows {
    @Suite struct PeopleFlowTests {
        @Test func `a profile is changed, and others see what its owner lets them`() async throws {
            let platform = try Platform.current
            let (ada, eve) = (try await platform.register(), try await platform.register())
            let changed = try await ada.device.patch(
                "/users/me",
                ["displayName": "Countess", "bio": "First of all", "status": ["text": "thinking", "emoji": "💭"]])
            #expect(changed.status == 200 && changed["displayName"] == "Countess")
            let seen = try await eve.device.get("/users/\(ada.id)")
            #expect(seen["bio"] == "First of all" && seen["status", "text"] == "thinking")
            #expect(seen["email"] == .null && seen["role"] == .null && seen["lastSeenAt"] != .null)

            let settings = try await ada.device.put("/users/me/settings", ["lastSeen": "nobody", "status": "nobody"])
            #expect(settings.status == 200 && settings["theme"] == "system")
            let hidden = try await eve.device.get("/users/\(ada.id)")
            #expect(hidden["status"] == .null && hidden["lastSeenAt"] == .null && hidden["bio"] == "First of all")
            #expect(try await ada.device.get("/users/me/settings")["lastSeen"] == "nobody")
            #expect(try await ada.device.put("/users/me/presence", ["availability": "dnd"]).status == 204)
            #expect(try await ada.device.get("/users/me")["availability"] == "dnd")
            let cleared = try await ada.device.patch("/users/me", ["status": nil])
            #expect(cleared["status"] == .null && cleared["displayName"] == "Countess")
        }

        @Test func `whom one has blocked cannot tell it from shyness`() async throws {
            let platform = try Platform.current
            let (ada, eve) = (try await platform.register(), try await platform.register())
            _ = try await ada.device.patch("/users/me", ["bio": "private", "displayName": .string("Z\(ada.username)")])
            let query = "/users?query=z\(ada.username)"
            #expect(try await eve.device.get(query)["data", 0, "id"] == .string(ada.id))
            #expect(try await ada.device.put("/users/me/blocks/\(eve.id)").status == 204)
            #expect(try await ada.device.put("/users/me/blocks/\(eve.id)").status == 204)
            let list = try await ada.device.get("/users/me/blocks")
            #expect(list["data", 0, "id"] == .string(eve.id) && list["data", 1] == .null)
            let seen = try await eve.device.get("/users/\(ada.id)")
            #expect(
                seen["username"] == .string(ada.username) && seen["bio"] == "private" && seen["lastSeenAt"] == .null)
            #expect(try await eve.device.get(query)["data", 0] == .null)
            #expect(try await ada.device.delete("/users/me/blocks/\(eve.id)").status == 204)
            #expect(try await eve.device.get(query)["data", 0, "id"] == .string(ada.id))
            #expect(try await ada.device.put("/users/me/blocks/\(ada.id)").outcome == "422 validation_failed")
            #expect(try await ada.device.put("/users/me/blocks/\(platform.nobody)").status == 404)
        }

        @Test func `a search has pages, and leaves out who does not want to be found`() async throws {
            let platform = try Platform.current
            let word = Resident.newName()
            var people: [Resident] = []
            for _ in 0..<3 {
                let person = try await platform.register()
                _ = try await person.device.patch("/users/me", ["displayName": .string("\(word) of them")])
                people.append(person)
            }
            let viewer = people[0].device
            let first = try await viewer.get("/users?query=\(word)&limit=2")
            #expect(first["hasMore"] == true && first["data", 1] != .null)
            let cursor = try #require(first["nextCursor"].string)
            let second = try await viewer.get("/users?query=\(word)&limit=2&cursor=\(cursor)")
            #expect(second["hasMore"] == false && second["data", 0] != .null && second["data", 1] == .null)
            // A cursor is good for whom it was made.
            let other = try await people[1].device.get("/users?query=\(word)&cursor=\(cursor)")
            #expect(other.outcome == "400 invalid_cursor")

            _ = try await people[2].device.put("/users/me/settings", ["searchable": false])
            let less = try await viewer.get("/users?query=\(word)")
            #expect(less["data", 1] != .null && less["data", 2] == .null)
            let whole = try await viewer.get("/users?query=\(people[2].username)")
            #expect(whole["data", 0, "id"] == .string(people[2].id))
        }

        @Test(arguments: [
            ("settings", #"{"theme":"pink"}"#, "theme"), ("settings", #"{"timeZone":"Mars/Olympus"}"#, "timeZone"),
            ("settings", #"{"vibration":"yes"}"#, "vibration"),
            ("presence", #"{"availability":"asleep"}"#, "availability"),
        ])
        func `what does not fit is refused by name`(path: String, body: String, field: String) async throws {
            let person = try await Platform.current.register()
            let answer = try await person.device.put(
                "/users/me/\(path)", try JSONCoder.decode(JSONValue.self, from: Array(body.utf8)))
            #expect(answer.outcome == "422 validation_failed" && answer["errors", 0, "field"] == .string(field))
        }

        @Test func `an export is packed, mailed and fetched, by whoever has the link`() async throws {
            let person = try await Platform.current.member()
            let asked = try await person.device.post("/users/me/export")
            #expect(asked.status == 202 && asked["downloadUrl"] == .null)
            let id = try #require(asked["id"].string)
            let ready = try await eventuallySome("the export is packed") {
                let state = try await person.device.get("/users/me/exports/\(id)")
                return state["downloadUrl"] == .null ? nil : state
            }
            let stranger = try await Platform.current.register()
            #expect(try await stranger.device.get("/users/me/exports/\(id)").status == 404)
            let link = try #require(ready["downloadUrl"].string)
            let file = try await Device(person.platform).get(link)
            #expect(file.status == 200 && file.headers["Content-Type"] == "application/zip")
            #expect(file.bytes.count == ready["bytes"].integer)
            #expect(try await Archive.names(of: file.bytes).contains("account.json"))
            #expect(file.headers["Content-Length"] == "\(file.bytes.count)" && file.headers["Accept-Ranges"] == "bytes")
            let part = try await Device(person.platform).get(
                link, ["Range": "bytes=10-19", "If-Range": file.headers["ETag"] ?? ""])
            #expect(part.status == 206 && part.bytes == Array(file.bytes[10..<20]))
            let beyond = try await Device(person.platform).get(link, ["Range": "bytes=99999999-"])
            #expect(beyond.outcome == "416 range_not_satisfiable")
            #expect(try await Device(person.platform).get(String(link.dropLast(2)) + "AA").status == 404)
        }
    }
}

extension Platform {
    /// The id of somebody who does not exist.
    var nobody: String { "01890000-0000-7000-8000-000000000000" }
}
