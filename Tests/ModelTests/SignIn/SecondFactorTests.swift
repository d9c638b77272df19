import Crypto
import Runtime
import TestSupport
import Testing

@testable import Model

@Suite(.ownAccounts) struct SecondFactorTests {
    @Test func `with an app a sign-in takes a password and a code`() async throws {
        try await World.lend { world in
            let person = try await world.member()
            let app = try await world.enroll(person).app
            let token = try await world.half(person)
            // The code that confirmed the app was used up by it.
            let used = app.code(at: world.clock.now)
            #expect(try await world.completionCode(token, used) == .invalidCode)
            world.clock.advance(by: .seconds(30))
            let signedIn = try await world.accounts.completeSignIn(
                token, code: app.code(at: world.clock.now), from: Make.origin())
            #expect(signedIn.user.id == person.id && signedIn.user.hasSecondFactor)
            #expect(try await world.completionCode(token, app.code(at: world.clock.now)) == .secondFactorExpired)
        }
    }

    @Test func `a code works once, whoever comes first`() async throws {
        try await World.lend { world in
            let person = try await world.member()
            let app = try await world.enroll(person).app
            world.clock.advance(by: .seconds(30))
            let code = app.code(at: world.clock.now)
            var tokens: [String] = []
            for _ in 0..<4 { tokens.append(try await world.half(person)) }
            let codes = await withTaskGroup(of: Problem.Code?.self) { [tokens] group in
                for token in tokens { group.addTask { try? await world.completionCode(token, code) } }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(codes.filter { $0 == nil }.count == 1 && codes.filter { $0 == .invalidCode }.count == 3)
        }
    }

    @Test func `five wrong codes, and the sign-in begins anew`() async throws {
        try await World.lend { world in
            let person = try await world.member()
            let app = try await world.enroll(person).app
            world.clock.advance(by: .seconds(30))
            let token = try await world.half(person)
            for _ in 0..<5 { #expect(try await world.completionCode(token, "000000") == .invalidCode) }
            let right = app.code(at: world.clock.now)
            #expect(try await world.completionCode(token, right) == .secondFactorExpired)
            #expect(try await world.audit(.secondFactorFailed, of: person.id) == 5)
            _ = try await world.accounts.completeSignIn(
                try await world.half(person), code: right, from: Make.origin())
        }
    }

    @Test func `wrong codes are counted over many beginnings`() async throws {
        try await World.lend(["GUESSES_PER_ACCOUNT_AND_ADDRESS": "6"]) { world in
            let person = try await world.member()
            _ = try await world.enroll(person)
            for _ in 0..<3 {
                let token = try await world.half(person)
                for _ in 0..<2 { #expect(try await world.completionCode(token, "000000") == .invalidCode) }
            }
            #expect(try await world.completionCode(try await world.half(person), "000000") == .tooManyAttempts)
        }
    }

    @Test func `the half of a sign-in is good for five minutes`() async throws {
        try await World.lend { world in
            let person = try await world.member()
            let app = try await world.enroll(person).app
            let token = try await world.half(person)
            world.clock.advance(by: .minutes(5))
            #expect(try await world.completionCode(token, app.code(at: world.clock.now)) == .secondFactorExpired)
        }
    }

    @Test func `each backup code signs in once, however it is typed`() async throws {
        try await World.lend { world in
            let person = try await world.member()
            let codes = try await world.enroll(person).backupCodes
            #expect(Set(codes).count == 10)
            let typed = codes[3].uppercased().replacing("-", with: " ")
            let signedIn = try await world.accounts.completeSignIn(
                try await world.half(person), code: typed, from: Make.origin())
            #expect(signedIn.user.id == person.id)
            #expect(try await world.completionCode(try await world.half(person), codes[3]) == .invalidCode)
            let factor = try await SecondFactor.find(person.id, on: world.database)
            #expect(factor?.codesLeft == 9)
            try await world.runJobs()
            #expect(world.mails.all.last?.subject.hasPrefix("A backup code was used") == true)
        }
    }

    @Test func `a backup code gets an owner in where guessers have used up all tries`() async throws {
        try await World.lend(["GUESSES_PER_ACCOUNT": "3"]) { world in
            let person = try await world.member()
            let codes = try await world.enroll(person).backupCodes
            for number in 1...3 {
                _ = try await world.completionCode(
                    try await world.half(person), "000000", from: Make.origin("203.0.113.\(number)"))
            }
            let away = Make.origin("198.51.100.8")
            let token = try await world.half(person)
            #expect(try await world.completionCode(token, "000000", from: away) == .tooManyAttempts)
            _ = try await world.accounts.completeSignIn(token, code: codes[0], from: away)
        }
    }

    @Test func `an app that was not confirmed is asked for nothing, and can be set up anew`() async throws {
        try await World.lend { world in
            let person = try await world.member()
            let first = try await world.accounts.enrollSecondFactor(
                person.user, password: Make.password, from: Make.origin())
            _ = try await world.login(person)
            let second = try await world.accounts.enrollSecondFactor(
                person.user, password: Make.password, from: Make.origin())
            #expect(first.secret != second.secret)
            let stale = try world.app(first.secret).code(at: world.clock.now)
            #expect(try await world.confirmationCode(person, stale) == .invalidCode)
            let fresh = try world.app(second.secret).code(at: world.clock.now)
            #expect(try await world.confirmationCode(person, fresh) == nil)
            #expect(try await world.enrollmentCode(person) == .alreadyEnabled)
        }
    }

    @Test func `switching it off takes the password and a code`() async throws {
        try await World.lend { world in
            let person = try await world.member()
            let app = try await world.enroll(person).app
            world.clock.advance(by: .seconds(30))
            let code = app.code(at: world.clock.now)
            #expect(try await world.disablingCode(person, "wrong", code) == .invalidCredentials)
            #expect(try await world.disablingCode(person, Make.password, "000000") == .invalidCode)
            #expect(try await world.disablingCode(person, Make.password, code) == nil)
            _ = try await world.login(person)
        }
    }

    @Test func `new backup codes take the place of the old ones`() async throws {
        try await World.lend { world in
            let person = try await world.member()
            let (app, old) = try await world.enroll(person)
            world.clock.advance(by: .seconds(30))
            let new = try await world.accounts.renewBackupCodes(
                person.user, code: app.code(at: world.clock.now), from: Make.origin())
            #expect(try await world.completionCode(try await world.half(person), old[0]) == .invalidCode)
            #expect(try await world.completionCode(try await world.half(person), new[0]) == nil)
        }
    }

    @Test func `the secret of an app is sealed, and opens for its owner alone`() async throws {
        try await World.lend { world in
            let (person, other) = (try await world.member(), try await world.member())
            _ = try await world.enroll(person)
            let factor = try #require(try await SecondFactor.find(person.id, on: world.database))
            #expect(throws: SealError.tampered) {
                try world.secrets.open(factor.sealedSecret, as: "totp", of: other.id)
            }
            #expect(throws: SealError.tampered) {
                try world.secrets.open(factor.sealedSecret, as: "phone", of: person.id)
            }
        }
    }
}

extension World {
    func app(_ secret: String) throws -> OneTimeCode {
        OneTimeCode(secret: SecretBytes(copying: try #require(Base32.decode(secret))))
    }

    func enroll(_ person: Person) async throws -> (app: OneTimeCode, backupCodes: [String]) {
        let enrollment = try await accounts.enrollSecondFactor(
            person.user, password: Make.password, from: Make.origin())
        let app = try app(enrollment.secret)
        let codes = try await accounts.confirmSecondFactor(
            person.user, code: app.code(at: clock.now), from: Make.origin())
        return (app, codes)
    }

    /// A sign-in that waits for its second half.
    func half(_ person: Person) async throws -> String {
        guard
            case .secondFactor(let token, _) = try await accounts.login(
                person.email, Make.password, from: Make.origin())
        else { throw Unexpected(what: "no second factor was asked for") }
        return token
    }

    func completionCode(
        _ token: String, _ code: String, from origin: Origin = Make.origin()
    ) async throws -> Problem.Code? {
        try await problemCode { _ = try await accounts.completeSignIn(token, code: code, from: origin) }
    }

    func confirmationCode(_ person: Person, _ code: String) async throws -> Problem.Code? {
        try await problemCode {
            _ = try await accounts.confirmSecondFactor(person.user, code: code, from: Make.origin())
        }
    }

    func enrollmentCode(_ person: Person) async throws -> Problem.Code? {
        try await problemCode {
            _ = try await accounts.enrollSecondFactor(person.user, password: Make.password, from: Make.origin())
        }
    }

    func disablingCode(_ person: Person, _ password: String, _ code: String) async throws -> Problem.Code? {
        try await problemCode {
            try await accounts.disableSecondFactor(
                person.user, password: password, code: code, from: Make.origin())
        }
    }
}
