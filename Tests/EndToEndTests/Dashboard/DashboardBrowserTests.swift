import Crypto
import Foundation
import HTTP
import JSON
import Runtime
import TestSupport
import Testing

/// An administrator at the dashboard, in a real browser, where Debian's `chromium` is installed.
@Suite(.ownStores, .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/chromium")))
struct DashboardBrowserTests {
    @Test func `an administrator finds a letter, retries many, pauses, runs, and reads every page`() async throws {
        let platform = try await Platform(["ADMIN_ALLOWED_IPS": "127.0.0.0/8,10.0.0.0/8"])
        try platform.start("worker-probe")
        let letters = Soak.isOn ? 1_000_000 : 4000
        try await platform.seedLetters(letters)
        let admin = try await platform.register()
        let (secret, codes) = try await platform.makeAdministrator(admin)
        let facts: JSONValue = [
            "url": .string(platform.url), "email": .string(admin.email), "password": .string(Resident.password),
            "secret": .string(secret), "codes": .array(codes), "letters": .number(letters),
            "pictures": ProcessInfo.processInfo.environment["SWITCHYARD_PICTURES"].map { .string($0) } ?? .null,
        ]
        let browser = try TestProcess(
            "/usr/bin/python3",
            ["\(Repository.root)/Tests/EndToEndTests/Dashboard/Peers/dashboard_flow.py", try JSONCoder.text(facts)])
        let exit = try await browser.waitForExit(within: .seconds(900))
        #expect(exit == .code(0), "\(browser.output)\(browser.errors)")
        try await platform.stop()
    }
}

extension Platform {
    func seedLetters(_ count: Int) async throws {
        let file = "\(Repository.root)/Tests/EndToEndTests/Dashboard/Peers/letters.sql"
        let sql = try String(contentsOfFile: file, encoding: .utf8)
        _ = try await ask(sql.replacingOccurrences(of: ":letters", with: "\(count)"))
    }

    /// With an authenticator app: its secret, and the backup codes.
    func makeAdministrator(_ person: Resident) async throws -> (secret: String, codes: [JSONValue]) {
        let password = JSONValue.string(Resident.password)
        let secret = try #require(
            try await person.device.post("/auth/totp/enroll", ["password": password])["secret"].string)
        let code = OneTimeCode(secret: SecretBytes(copying: try #require(Base32.decode(secret))))
        // That of the step before: the next one is still good for the sign-in.
        let former = code.code(counter: UInt64(code.step(at: .now) - 1))
        let confirmed = try await person.device.post("/auth/totp/confirm", ["code": .string(former)])
        _ = try await ask("update users set role = 'admin' where id = '\(person.id)'")
        guard case .array(let codes) = confirmed["backupCodes"] else { throw NoBackupCodes() }
        return (secret, codes)
    }

    private struct NoBackupCodes: Error {}
}
