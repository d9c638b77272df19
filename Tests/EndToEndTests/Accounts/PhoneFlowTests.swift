import HTTP
import JSON
import TestSupport
import Testing

extension AccountFlows {
    @Suite struct PhoneFlowTests {
        private func newPhone() -> String { "+49151\(UInt32.random(in: 10_000_000...99_999_999))" }

        private func verify(
            _ phone: String, _ code: String, _ device: Device, username: String? = nil, password: String? = nil
        ) async throws -> Answer {
            var body: [String: JSONValue] = ["phone": .string(phone), "code": .string(code)]
            if let username { body["username"] = .string(username) }
            if let password { body["password"] = .string(password) }
            return try await device.post("/auth/phone/verify", .object(body))
        }

        @Test func `a number makes an account, and signs in the next time`() async throws {
            let platform = try Platform.current
            let (phone, device) = (newPhone(), Device(platform))
            #expect(try await device.post("/auth/phone/request", ["phone": .string(phone)]).status == 204)
            // Once more within half a minute is too soon.
            let soon = try await device.post("/auth/phone/request", ["phone": .string(phone)])
            #expect(soon.outcome == "429 too_many_attempts" && soon.headers["Retry-After"] != nil)
            let code = try await platform.code(to: phone)
            let wrong = code == "000000" ? "000001" : "000000"
            #expect(try await verify(phone, wrong, device).outcome == "422 invalid_code")
            let nameless = try await verify(phone, code, device)
            #expect(nameless.outcome == "422 validation_failed" && nameless["errors", 0, "field"] == "username")
            let made = try await verify(phone, code, device, username: Resident.newName())
            #expect(made.status == 200 && made["user", "hasPhone"] == true && made["user", "email"] == .null)
            #expect(try await verify(phone, code, device).outcome == "422 invalid_code")
        }

        @Test func `a number is put into an account, opens it, and is taken out again`() async throws {
            let platform = try Platform.current
            let person = try await platform.member()
            let phone = newPhone()
            _ = try await person.device.post("/auth/phone/request", ["phone": .string(phone)])
            let code = try await platform.code(to: phone)
            // The code was asked for by somebody who is signed in: it is no stranger's.
            #expect(try await verify(phone, code, Device(platform)).outcome == "422 invalid_code")
            // Whoever has the number gets in by it, so a device that is left unlocked is not enough.
            #expect(try await verify(phone, code, person.device).outcome == "422 validation_failed")
            let put = try await verify(phone, code, person.device, password: Resident.password)
            #expect(put.status == 204, "\(put)")
            #expect(try await person.device.get("/users/me")["hasPhone"] == true)
            let bare = try await person.device.post("/auth/phone/remove", [:])
            #expect(bare.outcome == "422 validation_failed")
            let password: JSONValue = ["password": .string(Resident.password)]
            #expect(try await person.device.post("/auth/phone/remove", password).status == 204)
            #expect(try await person.device.post("/auth/phone/remove", password).status == 404)
        }

        @Test func `numbers stand in the tables sealed alone`() async throws {
            let platform = try Platform.current
            let (phone, device) = (newPhone(), Device(platform))
            _ = try await device.post("/auth/phone/request", ["phone": .string(phone)])
            let code = try await platform.code(to: phone)
            _ = try await verify(phone, code, device, username: Resident.newName())
            let found = try await platform.ask(
                """
                select (select count(*) from users u where u::text like '%\(phone.dropFirst())%')
                    + (select count(*) from one_time_codes c where c::text like '%\(phone.dropFirst())%')
                """)
            #expect(found == "0")
        }
    }
}
