import HTTP
import JSON
import Runtime
import Synchronization
import TestSupport
import Testing

/// Somebody who has an account, with the device that it was made on.
struct Resident: Sendable {
    static let password = "correct horse battery"
    private static let number = Atomic<Int>(0)

    let email: String
    let username: String
    let id: String
    var device: Device

    var platform: Platform { device.platform }

    static func newName() -> String { "ada\(number.wrappingAdd(1, ordering: .relaxed).newValue)" }

    /// Another device of the same person.
    func login(_ password: String = Resident.password, at address: String? = nil) async throws -> Device {
        let device = Device(platform, address: address)
        return try device.signedIn(by: try await device.login(email, password))
    }
}

extension Device {
    func login(_ email: String, _ password: String) async throws -> Answer {
        try await post("/auth/login", ["email": .string(email), "password": .string(password)])
    }

    func refresh(_ token: String?) async throws -> Answer {
        try await post("/auth/refresh", ["refreshToken": .string(try #require(token))])
    }
}

extension Platform {
    /// Somebody new, whose address nobody has verified.
    func register(_ name: String = Resident.newName()) async throws -> Resident {
        let device = Device(self)
        let email = "\(name)@example.org"
        let answer = try await device.post(
            "/auth/register",
            [
                "email": .string(email), "username": .string(name), "password": .string(Resident.password),
                "displayName": "Ada Lovelace",
            ])
        #expect(answer.status == 201, "\(answer)")
        return Resident(
            email: email, username: name, id: try #require(answer["user", "id"].string),
            device: try device.signedIn(by: answer))
    }

    /// Somebody new who has followed the link.
    func member() async throws -> Resident {
        let person = try await register()
        let token = try await token(to: person.email, for: "verify-email")
        let answer = try await person.device.post("/auth/verify-email", ["token": .string(token)])
        #expect(answer.status == 204, "\(answer)")
        return person
    }

    /// What the database says; a text of rows.
    func ask(_ sql: String) async throws -> String {
        let text = try await Psql.run(sql, on: databaseURL)
        return text.hasSuffix("\n") ? String(text.dropLast()) : text
    }
}
