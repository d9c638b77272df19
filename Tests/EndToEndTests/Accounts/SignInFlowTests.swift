import JSON
import TestSupport
import Testing

extension AccountFlows {
    @Suite struct SignInFlowTests {
        @Test func `a new account is usable at once, and verified by the link of the mail`() async throws {
            let platform = try Platform.current
            let person = try await platform.register()
            let before = try await person.device.get("/users/me")
            #expect(before.status == 200 && before["emailVerified"] == false)
            let token = JSONValue.string(try await platform.token(to: person.email, for: "verify-email"))
            #expect(try await Device(platform).post("/auth/verify-email", ["token": token]).status == 204)
            #expect(try await person.device.get("/users/me")["emailVerified"] == true)
            let again = try await Device(platform).post("/auth/verify-email", ["token": token])
            #expect(again.outcome == "422 invalid_code")
        }

        @Test func `names and addresses are taken once, in whatever case they are written`() async throws {
            let platform = try Platform.current
            let person = try await platform.register()
            let other = Resident.newName()
            for (email, username, outcome) in [
                (person.email.uppercased(), other, "409 email_taken"),
                ("\(other)@example.org", person.username.uppercased(), "409 username_taken"),
                ("no address", "x", "422 validation_failed"),
            ] {
                let answer = try await Device(platform).post(
                    "/auth/register",
                    ["email": .string(email), "username": .string(username), "password": .string(Resident.password)])
                #expect(answer.outcome == outcome)
            }
        }

        @Test func `signing in takes the password, and a session stands for each device`() async throws {
            let person = try await Platform.current.register()
            let wrong = try await Device(person.platform).login(person.email, "wrong password")
            #expect(wrong.outcome == "401 invalid_credentials")
            let phone = try await person.login()
            let list = try await phone.get("/auth/sessions")
            #expect(list["data", 0, "isCurrent"] == true && list["data", 1, "isCurrent"] == false)
            #expect(list["data", 0, "method"] == "password" && list["data", 1, "method"] == "registration")
            #expect(list["data", 0, "address"] == .string(phone.address) && list["data", 2] == .null)

            let first = try #require(list["data", 1, "id"].string)
            let stranger = try await Platform.current.register()
            #expect(try await stranger.device.delete("/auth/sessions/\(first)").status == 404)
            #expect(try await phone.delete("/auth/sessions/\(first)").status == 204)
            try await eventually { try await person.device.get("/users/me").status == 401 }
            #expect(try await person.device.refresh(person.device.refreshToken).outcome == "401 invalid_token")
            #expect(try await phone.get("/users/me").status == 200)
            #expect(try await phone.delete("/auth/sessions/\(first)").status == 404)
        }

        @Test func `refresh tokens work once, and one that comes again ends the session`() async throws {
            let person = try await Platform.current.register()
            let first = person.device.refreshToken
            let second = try await person.device.refresh(first)
            #expect(second.status == 200 && second["refreshToken"].string != first)
            // Whoever lost the answer asks again, and gets the same.
            #expect(try await person.device.refresh(first)["refreshToken"] == second["refreshToken"])
            let third = try await person.device.refresh(second["refreshToken"].string)
            let device = try person.device.signedIn(by: third)
            #expect(try await device.get("/users/me").status == 200)

            #expect(try await Device(person.platform).refresh(first).outcome == "401 invalid_token")
            #expect(try await device.refresh(device.refreshToken).outcome == "401 invalid_token")
            try await eventually { try await device.get("/users/me").outcome == "401 unauthenticated" }
            // The family ends, the account does not.
            #expect(try await person.login().get("/auth/sessions")["data", 1] == .null)
        }

        @Test func `a made-up refresh token ends nothing`() async throws {
            let person = try await Platform.current.register()
            let token = try #require(person.device.refreshToken)
            for forged in [String(token.dropLast(4)) + "AAAA", "nonsense"] {
                #expect(try await Device(person.platform).refresh(forged).outcome == "401 invalid_token")
            }
            #expect(try await person.device.refresh(token).status == 200)
        }

        @Test func `signing out ends one device, and signing out everywhere all of them`() async throws {
            let person = try await Platform.current.register()
            let (phone, tablet) = (try await person.login(), try await person.login())
            #expect(try await phone.post("/auth/logout").status == 204)
            try await eventually { try await phone.get("/users/me").status == 401 }
            #expect(try await tablet.get("/users/me").status == 200)
            #expect(try await tablet.delete("/auth/sessions").status == 204)
            for device in [person.device, tablet] {
                try await eventually { try await device.get("/users/me").status == 401 }
                #expect(try await device.refresh(device.refreshToken).outcome == "401 invalid_token")
            }
        }

        @Test func `what ends sessions and what is refused stands in the audit log`() async throws {
            let person = try await Platform.current.register()
            let phone = try await person.login()
            _ = try await Device(person.platform).login(person.email, "wrong password")
            _ = try await phone.post("/auth/logout")
            let log = try await person.platform.ask(
                """
                select action || ' ' || coalesce(host(address), '-') from audit_log
                where subject_id = '\(person.id)' order by id
                """)
            let actions = log.split(separator: "\n").map { $0.split(separator: " ")[0] }
            #expect(
                actions == [
                    "account.registered", "session.opened", "session.opened", "session.refused", "session.ended",
                ])
            #expect(log.contains("session.ended \(phone.address)"))
        }
    }
}
