import Crypto
import HTTP
import JSON
import Runtime
import TestSupport
import Testing

extension AccountFlows {
    @Suite struct OAuthFlowTests {
        private static let page = "http://127.0.0.1:3000/welcome"
        private static let verifier = String(repeating: "v", count: 43)

        private var start: String {
            let challenge = Base64URL.encode(Hash.sha256(Self.verifier))
            return "/auth/oauth/google/start?redirectUri=\(Self.page)&codeChallenge=\(challenge)"
        }

        private func google(_ person: String, in platform: Platform, _ more: [String: JSONValue] = [:]) async throws {
            let claims: [String: JSONValue] = ["sub": .string(person), "email": .string("\(person)@example.com")]
            try await platform.provider.set(["claims": .object(claims.merging(more) { $1 })], of: "GOOGLE")
        }

        private func collect(_ code: String, _ verifier: String, _ device: Device) async throws -> Answer {
            try await device.post(
                "/auth/oauth/collect", ["code": .string(code), "codeVerifier": .string(verifier)])
        }

        /// The provider's settings hold for all its sign-ins, so Google's ways are one test.
        @Test func `a browser goes to Google and back, and the application gets the tokens for its verifier`()
            async throws
        {
            let platform = try Platform.current
            let name = Resident.newName()
            try await google(name, in: platform)
            var browser = Browser(Device(platform))
            let back = try await browser.leave(start)
            #expect(back.hasPrefix("\(platform.url)/api/v1/auth/oauth/google/callback?"))
            // Another browser, which an attacker has led here.
            #expect(try await Browser(Device(platform)).comeBack(back).outcome == "422 invalid_code")
            let sent = try await browser.comeBack(back)
            let location = try #require(sent.headers["Location"], "\(sent)")
            #expect(sent.status == 302 && location.hasPrefix("\(Self.page)?code="))
            #expect(try await browser.comeBack(back).outcome == "422 invalid_code")
            let code = String(try #require(location.split(separator: "=").last))
            let made = try await collect(code, Self.verifier, browser.device)
            #expect(made.status == 200 && made["user", "emailVerified"] == true && made["user", "hasPassword"] == false)
            #expect(try await collect(code, Self.verifier, browser.device).outcome == "422 invalid_code")
            let device = try browser.device.signedIn(by: made)
            #expect(try await device.get("/auth/identities")["data", 0, "provider"] == "google")

            try await theCallbackAnswers(name, platform, sameAs: made["user", "id"])
            try await aStolenCodeIsWorthNothing(platform)
            try await theOwnerTakesOver(platform)
            try await refusalsAreTold(name, platform)
        }

        private func theCallbackAnswers(_ name: String, _ platform: Platform, sameAs id: JSONValue) async throws {
            var browser = Browser(Device(platform))
            let back = try await browser.leave("/auth/oauth/google/start")
            let answer = try await browser.comeBack(back)
            #expect(answer["user", "id"] == id && answer["accessToken"].string != nil)
            #expect(answer.headers["Cache-Control"] == "no-store")
        }

        private func aStolenCodeIsWorthNothing(_ platform: Platform) async throws {
            var browser = Browser(Device(platform))
            let sent = try await browser.goThereAndBack(start)
            let code = String(try #require(sent.headers["Location"]?.split(separator: "=").last, "\(sent)"))
            let thief = try await collect(code, String(repeating: "x", count: 43), Device(platform))
            #expect(thief.outcome == "422 invalid_code")
            #expect(try await collect(code, Self.verifier, browser.device).outcome == "422 invalid_code")
        }

        /// Somebody registered the address of another, and waits. Its owner comes by way of the provider.
        private func theOwnerTakesOver(_ platform: Platform) async throws {
            let squatter = try await platform.register()
            try await google("owner", in: platform, ["email": .string(squatter.email)])
            var browser = Browser(Device(platform))
            let owner = try await browser.goThereAndBack("/auth/oauth/google/start")
            #expect(owner["user", "id"] == .string(squatter.id) && owner["user", "hasPassword"] == false)
            try await eventually { try await squatter.device.get("/users/me").status == 401 }
            #expect(try await squatter.device.refresh(squatter.device.refreshToken).status == 401)
            #expect(try await Device(platform).login(squatter.email, Resident.password).status == 401)
        }

        private func refusalsAreTold(_ name: String, _ platform: Platform) async throws {
            try await google("nobody", in: platform, ["email_verified": false])
            var browser = Browser(Device(platform))
            let unverified = try await browser.goThereAndBack("/auth/oauth/google/start")
            #expect(unverified.outcome == "403 provider_email_unverified")
            try await platform.provider.set(["deny": true], of: "GOOGLE")
            let denied = try await browser.goThereAndBack(start)
            #expect(denied.headers["Location"] == "\(Self.page)?error=provider_refused")
            for redirect in [
                "https://evil.example/", "http://127.0.0.1:3000.evil.example/", "http://127.0.0.1:30000/",
                "\(Self.page)%0D%0ASet-Cookie:a=b", "\(Self.page)%23", "\(Self.page)%C3%A4",
            ] {
                let path = start.replacing(Self.page, with: redirect)
                #expect(try await browser.device.get(path).outcome == "422 validation_failed", "\(redirect)")
            }
        }

        @Test func `GitHub signs in too, and who is not set up is not found`() async throws {
            let platform = try Platform.current
            let name = Resident.newName()
            try await platform.provider.set(
                [
                    "user": ["id": 815, "login": .string(name)],
                    "emails": [["email": .string("\(name)@example.com"), "primary": true, "verified": true]],
                ], of: "GITHUB")
            var browser = Browser(Device(platform))
            let answer = try await browser.goThereAndBack("/auth/oauth/github/start")
            #expect(answer.status == 200 && answer["user", "email"] == .string("\(name)@example.com"), "\(answer)")
            #expect(try await browser.device.get("/auth/oauth/microsoft/start").status == 404)
            #expect(try await browser.device.get("/auth/oauth/myspace/start").status == 404)
        }
    }
}
