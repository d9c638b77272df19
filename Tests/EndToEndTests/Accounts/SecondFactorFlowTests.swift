import Crypto
import JSON
import Runtime
import TestSupport
import Testing

extension AccountFlows {
    @Suite struct SecondFactorFlowTests {
        /// An authenticator app whose clock is a step slow, so that two more codes are good within the same half minute.
        private struct App {
            let code: OneTimeCode
            let step: Int64

            init(_ secret: String) throws {
                code = OneTimeCode(secret: SecretBytes(copying: try #require(Base32.decode(secret))))
                step = code.step(at: .now)
            }

            func code(_ offset: Int64) -> JSONValue { .string(code.code(counter: UInt64(step + offset))) }
        }

        private func enrolled(_ person: Resident) async throws -> (App, [JSONValue]) {
            let password = JSONValue.string(Resident.password)
            let wrong = try await person.device.post("/auth/totp/enroll", ["password": "wrong password"])
            #expect(wrong.outcome == "401 invalid_credentials")
            let given = try await person.device.post("/auth/totp/enroll", ["password": password])
            #expect(given["uri"].string?.hasPrefix("otpauth://totp/") == true, "\(given)")
            let app = try App(try #require(given["secret"].string))
            // Nothing is asked for before it is confirmed.
            _ = try await person.login()
            #expect(try await person.device.post("/auth/totp/confirm", ["code": "000000x"]).status == 422)
            let confirmed = try await person.device.post("/auth/totp/confirm", ["code": app.code(-1)])
            guard case .array(let codes) = confirmed["backupCodes"] else {
                Issue.record("no backup codes: \(confirmed)")
                return (app, [])
            }
            #expect(Set(codes).count == 10)
            return (app, codes)
        }

        private func half(_ person: Resident) async throws -> JSONValue {
            let answer = try await Device(person.platform).login(person.email, Resident.password)
            #expect(answer.status == 200 && answer["mfaRequired"] == true && answer["accessToken"] == .null)
            return answer["mfaToken"]
        }

        private func give(_ code: JSONValue, _ token: JSONValue, _ person: Resident) async throws -> Answer {
            try await Device(person.platform).post("/auth/mfa", ["mfaToken": token, "code": code])
        }

        @Test func `an app is set up, asked for, replaced by a backup code, and given up`() async throws {
            let person = try await Platform.current.member()
            let (app, backups) = try await enrolled(person)
            #expect(try await person.device.get("/users/me")["totpEnabled"] == true)
            let token = try await half(person)
            #expect(try await give(app.code(-1), token, person).outcome == "422 invalid_code")
            let signedIn = try await give(app.code(0), token, person)
            #expect(try await person.device.signedIn(by: signedIn).get("/users/me").status == 200)
            #expect(try await give(app.code(1), token, person).outcome == "401 mfa_expired")

            #expect(try await give(backups[0], try await half(person), person).status == 200)
            #expect(try await give(backups[0], try await half(person), person).outcome == "422 invalid_code")
            try await eventually {
                try person.platform.subjects(to: person.email).contains { $0.hasPrefix("A backup code was used") }
            }

            let renewed = try await person.device.post("/auth/totp/backup-codes", ["code": backups[1]])
            #expect(renewed.status == 200 && renewed["backupCodes", 0] != .null)
            let old = try await person.device.post("/auth/totp/backup-codes", ["code": backups[2]])
            #expect(old.outcome == "422 invalid_code")

            let password = JSONValue.string(Resident.password)
            let bare = try await person.device.post("/auth/totp/disable", ["code": app.code(1)])
            #expect(bare.outcome == "422 validation_failed")
            let disabled = try await person.device.post(
                "/auth/totp/disable", ["password": password, "code": app.code(1)])
            #expect(disabled.status == 204, "\(disabled)")
            _ = try await person.login()
        }

        @Test func `five wrong codes end the half of a sign-in, and not the account`() async throws {
            let person = try await Platform.current.member()
            let (app, _) = try await enrolled(person)
            let token = try await half(person)
            for _ in 0..<5 { #expect(try await give("000000x", token, person).outcome == "422 invalid_code") }
            #expect(try await give(app.code(0), token, person).outcome == "401 mfa_expired")
            #expect(try await give(app.code(0), try await half(person), person).status == 200)
        }

        @Test func `a reset of the password does not get around the app`() async throws {
            let person = try await Platform.current.member()
            _ = try await enrolled(person)
            let device = Device(person.platform)
            _ = try await device.post("/auth/password/forgot", ["email": .string(person.email)])
            let token = JSONValue.string(try await person.platform.token(to: person.email, for: "reset-password"))
            let reset: JSONValue = ["token": token, "password": .string(Resident.password)]
            #expect(try await device.post("/auth/password/reset", reset).status == 204)
            _ = try await half(person)
        }
    }
}
