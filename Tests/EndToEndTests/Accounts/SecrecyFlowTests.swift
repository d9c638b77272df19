import HTTP
import JSON
import TestSupport
import Testing

extension AccountFlows {
    /// No answer tells whether there is such an account, and nobody is locked out by others who try.
    @Suite struct SecrecyFlowTests {
        /// All of an answer that is not of the moment.
        private func face(_ answer: Answer, without members: [String] = ["requestId"]) throws -> [String] {
            let passing = ["X-Request-Id", "traceparent", "Date", "Content-Length"]
            let headers = answer.headers.fields.filter { field in !passing.contains(field.name) }
            guard case .object(var body) = answer.json else { return ["\(answer)"] + headers.map { "\($0)" } }
            for name in members { body[name] = body[name].map { .string("\($0.string?.utf8.count ?? 0)") } }
            return ["\(answer.status)"] + headers.map { "\($0.name): \($0.value)" }
                + body.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        }

        private func expectAlike(_ first: Answer, _ second: Answer, _ without: [String] = ["requestId"]) throws {
            #expect(try face(first, without: without) == face(second, without: without))
        }

        @Test func `a wrong password and an unknown address are answered alike`() async throws {
            let platform = try Platform.current
            let person = try await platform.member()
            try expectAlike(
                try await Device(platform).login(person.email, "wrong password"),
                try await Device(platform).login("\(Resident.newName())@example.org", "wrong password"))
        }

        @Test func `a forgotten password is answered alike, and nothing of it is decided before the answer`()
            async throws
        {
            let platform = try Platform.current
            let person = try await platform.member()
            let unknown = "\(Resident.newName())@example.org"
            let answers = try await [person.email, unknown].asyncMap {
                try await Device(platform).post("/auth/password/forgot", ["email": .string($0)])
            }
            #expect(answers[0].status == 204)
            try expectAlike(answers[0], answers[1])
        }

        @Test func `a code for a number that has an account and for one that has none are asked for alike`()
            async throws
        {
            let platform = try Platform.current
            let known = "+4930\(UInt32.random(in: 10_000_000...99_999_999))"
            let unknown = "+4931\(UInt32.random(in: 10_000_000...99_999_999))"
            let person = try await platform.register()
            _ = try await person.device.post("/auth/phone/request", ["phone": .string(known)])
            let code = JSONValue.string(try await platform.code(to: known))
            _ = try await person.device.post(
                "/auth/phone/verify", ["phone": .string(known), "code": code, "password": .string(Resident.password)])
            // The wait between two messages, too, is each number's own.
            for path in ["request", "verify"] {
                var answers: [Answer] = []
                for phone in [known, unknown] {
                    var body: [String: JSONValue] = ["phone": .string(phone)]
                    if path == "verify" { body["code"] = "000000" }
                    // Asked for twice at once, since the wait between two messages may be over or not.
                    if path == "request" {
                        _ = try await Device(platform).post("/auth/phone/request", .object(body))
                    }
                    answers.append(try await Device(platform).post("/auth/phone/\(path)", .object(body)))
                }
                #expect(answers[0].status == answers[1].status && answers[0]["detail"] == answers[1]["detail"])
            }
        }

        @Test func `the half of a sign-in says nothing but that a code is wanted`() async throws {
            let platform = try Platform.current
            let forged = String(repeating: "A", count: 64)
            let first = try await Device(platform).post("/auth/mfa", ["mfaToken": .string(forged), "code": "123456"])
            let second = try await Device(platform).post("/auth/mfa", ["mfaToken": "x", "code": "k3fxp-97m2q"])
            #expect(first.outcome == "401 mfa_expired")
            try expectAlike(first, second)
        }

        @Test func `guesses are stopped where they come from, and the owner gets in`() async throws {
            let platform = try Platform.current
            let person = try await platform.register()
            let thief = Device(platform)
            for _ in 0..<10 { #expect(try await thief.login(person.email, "wrong password").status == 401) }
            let stopped = try await thief.login(person.email, Resident.password)
            #expect(stopped.outcome == "429 too_many_attempts" && stopped.headers["Retry-After"] != nil)
            _ = try await person.login(at: person.device.address)
            _ = try await person.login()
        }

        @Test func `guesses from everywhere are stopped everywhere but where the owner has been`() async throws {
            let platform = try Platform.current
            let person = try await platform.register()
            // As many as come from other addresses; each costs a hash, so all are sent at once.
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<50 {
                    group.addTask { _ = try await Device(platform).login(person.email, "wrong password") }
                }
                try await group.waitForAll()
            }
            #expect(try await Device(platform).login(person.email, Resident.password).status == 429)
            _ = try await person.login(at: person.device.address)
        }
    }
}

extension Array {
    fileprivate func asyncMap<Value>(_ body: (Element) async throws -> Value) async rethrows -> [Value] {
        var values: [Value] = []
        for element in self { values.append(try await body(element)) }
        return values
    }
}
