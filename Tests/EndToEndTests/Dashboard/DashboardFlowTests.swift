import HTTP
import JSON
import Runtime
import TestSupport
import Testing

extension AccountFlows {
    /// What the dashboard's pages are allowed, and the admin API behind them, over HTTP.
    @Suite struct DashboardFlowTests {
        /// A browser, as far as the server can tell.
        private struct Page {
            let platform: Platform
            var cookies = ""
            var token = ""
            var check: String?

            func send(
                _ method: HTTPMethod, _ path: String, _ body: JSONValue? = nil, origin: String? = nil,
                without header: String? = nil
            ) async throws -> Answer {
                var headers: HTTPHeaders = ["Origin": origin ?? platform.url, "X-Forwarded-For": "10.9.9.9"]
                if !cookies.isEmpty { headers["Cookie"] = cookies }
                if !token.isEmpty { headers["X-CSRF-Token"] = token }
                if let check { headers["X-Second-Check"] = check }
                if let header { headers[header] = nil }
                if body != nil { headers["Content-Type"] = "application/json" }
                return Answer(
                    try await Platform.http.send(
                        HTTPRequest(
                            method, platform.url + path, headers: headers,
                            body: try body.map { .bytes(try JSONCoder.encode($0)) } ?? .none)))
            }

            /// Signed in by an answer.
            mutating func take(_ answer: Answer) throws {
                let set = answer.headers.all("Set-Cookie")
                #expect(set.count == 2 && set.allSatisfy { $0.contains("HttpOnly") && $0.contains("SameSite=Strict") })
                cookies = set.compactMap { $0.split(separator: ";").first.map(String.init) }.joined(separator: "; ")
                token = try #require(answer["csrfToken"].string)
            }
        }

        private static func page(_ platform: Platform, of person: Resident) async throws -> Page {
            var page = Page(platform: platform)
            let login: JSONValue = ["email": .string(person.email), "password": .string(Resident.password)]
            try page.take(try await page.send(.post, "/dashboard/session/login", login))
            return page
        }

        private static func administrator(_ platform: Platform) async throws -> Resident {
            let person = try await platform.register()
            _ = try await platform.ask("update users set role = 'admin' where id = '\(person.id)'")
            return person
        }

        @Test func `only a page of the dashboard, of an administrator, from an allowed address, is answered`()
            async throws
        {
            let platform = try Platform.current
            let person = try await Self.administrator(platform)
            let page = try await Self.page(platform, of: person)
            let overview = "/api/v1/admin/overview"
            #expect(try await page.send(.get, overview).status == 200)
            for path in [overview, "/api/v1/admin/events"] {
                #expect(try await page.send(.get, path, without: "X-CSRF-Token").outcome == "403 forbidden")
                #expect(try await page.send(.get, path, origin: "https://evil.example").outcome == "403 forbidden")
                #expect(try await page.send(.get, path, without: "Cookie").outcome == "401 unauthenticated")
            }
            let pause = "/api/v1/admin/queues/media/pause"
            #expect(try await page.send(.post, pause, without: "Origin").outcome == "403 forbidden")
            #expect(try await page.send(.post, pause, origin: "http://127.0.0.1:1").outcome == "403 forbidden")
            #expect(try await page.send(.post, pause)["paused"] == true)
            #expect(try await page.send(.post, "/api/v1/admin/queues/media/resume")["paused"] == false)
            // The cookie is for administrators' routes alone.
            #expect(try await page.send(.get, "/api/v1/users/me").outcome == "401 unauthenticated")
            let outside = Device(platform, address: "192.0.2.7")
            for path in ["/dashboard", "/dashboard/app.css"] {
                #expect(try await outside.get(platform.url + path).outcome == "403 address_not_allowed")
            }
            let html = try await person.device.get(platform.url + "/dashboard")
            #expect(html.status == 200)
            let policy = try #require(html.headers["Content-Security-Policy"])
            #expect(policy.contains("default-src 'none'") && !policy.contains("unsafe"))
            let refreshed = try await page.send(.post, "/dashboard/session/refresh")
            #expect(refreshed.status == 200 && refreshed["username"] == .string(person.username))
            _ = try await platform.ask("update users set role = 'member' where id = '\(person.id)'")
            #expect(try await page.send(.get, overview).outcome == "403 forbidden")
        }

        @Test func `who is no administrator is not let in`() async throws {
            let platform = try Platform.current
            let person = try await platform.register()
            let page = Page(platform: platform)
            let login: JSONValue = ["email": .string(person.email), "password": .string(Resident.password)]
            let answer = try await page.send(.post, "/dashboard/session/login", login)
            #expect(answer.outcome == "403 forbidden" && answer.headers["Set-Cookie"] == nil)
            let elsewhere = try await page.send(
                .post, "/dashboard/session/login", login, origin: "https://evil.example")
            #expect(elsewhere.outcome == "403 forbidden")
            #expect(try await person.device.get("/admin/overview").outcome == "403 forbidden")
            let refused =
                "select count(*) from audit_log where action = 'admin.refused' and actor_id = '\(person.id)'"
            #expect(try await platform.ask(refused) == "1")
        }

        @Test func `letters are found, counted and grouped, and many are retried after a second check`() async throws {
            let platform = try Platform.current
            try await platform.seedLetters(400)
            let person = try await Self.administrator(platform)
            var page = try await Self.page(platform, of: person)
            let dead = "/api/v1/admin/dead"
            #expect(try await page.send(.get, "\(dead)/count")["count"] == 401)
            let groups = try await page.send(.get, "\(dead)/groups?limit=3")
            #expect(groups["hasMore"] == true && groups["data", 0, "waiting"] == 100)
            let cursor = try #require(groups["nextCursor"].string)
            let rest = try await page.send(.get, "\(dead)/groups?limit=3&cursor=\(cursor)")
            #expect(rest["hasMore"] == false && rest["data", 1, "kind"] == "needle.find")
            let needle = try await page.send(.get, "\(dead)?text=zanzibarian")
            #expect(needle["data", 0, "errorType"] == "Haystack" && needle["hasMore"] == false)
            let nap = try await page.send(.get, "\(dead)?fingerprint=00000000000000aa&limit=1")
            let number = try #require(nap["data", 0, "id"].number?.text)
            let letter = try await page.send(.get, "\(dead)/\(number)")
            #expect(letter["sheet", "payload", "value", "apiToken"] == "•••")
            let wish: JSONValue = ["action": "retry", "filter": ["fingerprint": "00000000000000aa"], "perSecond": 1000]
            #expect(try await page.send(.post, "\(dead)/operations", wish).outcome == "403 sign_in_again")
            let wrong = try await page.send(.post, "/dashboard/session/check", ["password": "not this one"])
            #expect(wrong.outcome == "401 invalid_credentials")
            let right = try await page.send(
                .post, "/dashboard/session/check", ["password": .string(Resident.password)])
            let proof: String = try #require(right["proof"].string)
            page.check = proof
            let all = try await page.send(.post, "\(dead)/operations", ["action": "delete", "filter": [:]])
            #expect(all.outcome == "422 validation_failed")
            let begun = try await page.send(.post, "\(dead)/operations", wish)
            #expect(begun.status == 201 && begun["total"] == 100, "\(begun)")
            let id = try #require(begun["id"].string)
            let asking = page
            try await eventually("all of the group are retried") {
                try await asking.send(.get, "\(dead)/operations/\(id)")["state"] == "done"
            }
            #expect(try await page.send(.get, "\(dead)/operations/\(id)")["done"] == 100)
            #expect(try await page.send(.get, "\(dead)/count")["count"] == 301)
            let details =
                "select count(*) from audit_log where action = 'admin.details' and actor_id = '\(person.id)'"
            #expect(try await platform.ask(details) == "1")
        }

        @Test func `queues, jobs, cron, workers, statistics and the audit log are answered as they are declared`()
            async throws
        {
            let platform = try Platform.current
            let person = try await Self.administrator(platform)
            let page = try await Self.page(platform, of: person)
            func get(_ path: String) async throws -> Answer { try await page.send(.get, "/api/v1/admin" + path) }
            let limits: JSONValue = ["concurrency": 5, "rate": 2, "burst": 10]
            let limited = try await page.send(.patch, "/api/v1/admin/queues/push/limits", limits)
            #expect(limited["limits", "concurrency"] == 5 && limited["limits", "burst"] == 10, "\(limited)")
            let bad = try await page.send(.patch, "/api/v1/admin/queues/email/limits", ["burst": 10])
            #expect(bad.outcome == "422 validation_failed")
            #expect(try await get("/queues/nothing").outcome == "404 not_found")
            for range in ["5m", "1h", "6h", "24h", "7d", "30d"] {
                #expect(try await get("/statistics?range=\(range)").status == 200)
                #expect(try await get("/statistics?range=\(range)&queue=push").status == 200)
            }
            for state in ["ready", "scheduled", "retrying", "parked", "leased", "suspect"] {
                #expect(try await get("/jobs?state=\(state)").status == 200)
            }
            let paths = [
                "/queues", "/queues/push", "/queues/push/kinds", "/ledger", "/workers", "/batches", "/chains", "/cron",
                "/dead", "/dead/groups", "/dead/operations", "/audit?action=admin.",
            ]
            for path in paths { #expect(try await get(path).status == 200, "\(path)") }
            #expect(try await get("/jobs/01890a5d-ac96-774b-bcce-b302099a8057").outcome == "404 not_found")
            try await eventually("a scheduler has declared its entries") {
                try await get("/cron")["data", 0, "name"].string != nil
            }
            let name = try #require(try await get("/cron")["data", 0, "name"].string)
            #expect(try await page.send(.post, "/api/v1/admin/cron/\(name)/run").status == 200)
            try await eventually("the run is in the history") {
                try await get("/cron/\(name)/history")["data", 0, "manual"] == true
            }
            try await eventually("workers show themselves") {
                try await get("/workers")["data", 0, "name"].string != nil
            }
            try await eventually("how full the queues were is kept") {
                guard case .array(let points) = try await get("/statistics?range=5m")["points"] else { return false }
                return points.contains { $0["ready"]?.integer != nil }
            }
        }
    }
}
