import JSON
import TestSupport
import Testing

extension AccountFlows {
    @Suite struct PasswordFlowTests {
        private let next = "a better password"

        @Test func `a change of the password ends the other sessions`() async throws {
            let person = try await Platform.current.member()
            let phone = try await person.login()
            let wrong = try await phone.post(
                "/auth/password/change", ["currentPassword": "wrong password", "newPassword": .string(next)])
            #expect(wrong.outcome == "401 invalid_credentials")
            let weak = try await phone.post(
                "/auth/password/change", ["currentPassword": .string(Resident.password), "newPassword": "password1"])
            #expect(weak.outcome == "422 validation_failed" && weak["errors", 0, "field"] == "newPassword")
            let changed = try await phone.post(
                "/auth/password/change",
                ["currentPassword": .string(Resident.password), "newPassword": .string(next)])
            #expect(changed.status == 204)
            try await eventually { try await person.device.get("/users/me").status == 401 }
            #expect(try await person.device.refresh(person.device.refreshToken).status == 401)
            #expect(try await phone.get("/users/me").status == 200)
            #expect(try await Device(person.platform).login(person.email, Resident.password).status == 401)
            _ = try await person.login(next)
            try await eventually {
                try person.platform.subjects(to: person.email).contains { $0.hasPrefix("Your password was changed") }
            }
        }

        @Test func `a forgotten password is set anew under the link of a mail, and ends all sessions`() async throws {
            let person = try await Platform.current.member()
            let stranger = Device(person.platform)
            #expect(try await stranger.post("/auth/password/forgot", ["email": .string(person.email)]).status == 204)
            let token = JSONValue.string(try await person.platform.token(to: person.email, for: "reset-password"))
            let weak = try await stranger.post(
                "/auth/password/reset", ["token": token, "password": .string(person.email)])
            #expect(weak.outcome == "422 validation_failed")
            let set = try await stranger.post("/auth/password/reset", ["token": token, "password": .string(next)])
            #expect(set.status == 204)
            try await eventually { try await person.device.get("/users/me").status == 401 }
            let again = try await stranger.post("/auth/password/reset", ["token": token, "password": .string(next)])
            #expect(again.outcome == "422 invalid_code")
            #expect(try await stranger.login(person.email, Resident.password).status == 401)
            _ = try await person.login(next)
        }

        @Test func `an address that nobody verified gets no mail that sets a password`() async throws {
            let person = try await Platform.current.register()
            let known = try await Platform.current.member()
            for email in [person.email, known.email] {
                let answer = try await Device(person.platform).post("/auth/password/forgot", ["email": .string(email)])
                #expect(answer.status == 204)
            }
            // The later one has come, so the earlier one was decided.
            _ = try await person.platform.token(to: known.email, for: "reset-password")
            let codes = "select count(*) from one_time_codes where purpose = 'reset_password' and user_id = "
            #expect(try await person.platform.ask("\(codes) '\(person.id)'") == "0")
            #expect(try await person.platform.ask("\(codes) '\(known.id)'") == "1")
        }

        @Test func `another address counts when its link was followed`() async throws {
            let person = try await Platform.current.member()
            let email = "\(Resident.newName())@example.net"
            let bare = try await person.device.post("/auth/email/change", ["email": .string(email)])
            #expect(bare.outcome == "422 validation_failed")
            let asked = try await person.device.post(
                "/auth/email/change", ["email": .string(email), "password": .string(Resident.password)])
            #expect(asked.status == 204)
            #expect(try await person.device.get("/users/me")["email"] == .string(person.email))
            let token = JSONValue.string(try await person.platform.token(to: email, for: "verify-email"))
            #expect(try await Device(person.platform).post("/auth/verify-email", ["token": token]).status == 204)
            let me = try await person.device.get("/users/me")
            #expect(me["email"] == .string(email) && me["emailVerified"] == true)
            #expect(try await Device(person.platform).login(person.email, Resident.password).status == 401)
            // The old address learns of it.
            try await eventually {
                try person.platform.subjects(to: person.email).contains { $0.hasPrefix("Your address was changed") }
            }
        }
    }
}
