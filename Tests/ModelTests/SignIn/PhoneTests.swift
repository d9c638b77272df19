import JSON
import Postgres
import Runtime
import TestSupport
import Testing

@testable import Model

@Suite(.ownAccounts) struct PhoneTests {
    @Test func `a code makes an account, and later signs in to it`() async throws {
        try await World.lend { world in
            let phone = try Make.phone()
            let code = try await world.phoneCode(phone)
            let nameless = try await world.phoneProblem(phone, code)
            #expect(nameless?.code == .validationFailed && nameless?.errors.map(\.path) == ["username"])
            let made = try await world.signIn(phone, code, as: try Make.username())
            #expect(made.user.hasPhone && made.user.email == nil)
            #expect(try await world.phoneProblem(phone, code)?.code == .invalidCode)
            world.clock.advance(by: .seconds(31))
            let again = try await world.signIn(phone, try await world.phoneCode(phone))
            #expect(again.user.id == made.user.id)
        }
    }

    @Test func `a number of nobody and one of somebody get the same message and the same answer`() async throws {
        try await World.lend { world in
            let person = try await world.register()
            let (known, unknown) = (try Make.phone(), try Make.phone())
            try await world.attach(known, to: person)
            for phone in [known, unknown] {
                try await world.settleThrottle(phone)
                let before = world.texts.all.count
                try await world.accounts.requestPhoneCode(phone, for: nil, from: Make.origin())
                try await world.runJobs()
                #expect(world.texts.all.count == before + 1)
                #expect(try await world.phoneProblem(phone, "000000")?.code == .invalidCode)
            }
        }
    }

    @Test func `five wrong digits use up a code`() async throws {
        try await World.lend { world in
            let phone = try Make.phone()
            let code = try await world.phoneCode(phone)
            let wrong = code == "123456" ? "654321" : "123456"
            for _ in 0..<5 { #expect(try await world.phoneProblem(phone, wrong)?.code == .invalidCode) }
            #expect(try await world.phoneProblem(phone, code, as: try Make.username())?.code == .invalidCode)
        }
    }

    @Test func `others do not use up the code that somebody has asked for, nor what they may ask for`() async throws {
        try await World.lend { world in
            let (phone, thief) = (try Make.phone(), Make.origin("203.0.113.5"))
            let owner = try await world.signIn(phone, try await world.phoneCode(phone), as: try Make.username())
            try await world.settleThrottle(phone)
            // The thief asks as often as may be after the first one, and tries.
            for _ in 0..<4 {
                try await world.settleThrottle(phone)
                try await world.accounts.requestPhoneCode(phone, for: nil, from: thief)
            }
            try await world.settleThrottle(phone)
            let more = try await problemCode {
                try await world.accounts.requestPhoneCode(phone, for: nil, from: thief)
            }
            #expect(more == .tooManyAttempts)
            let code = try await world.phoneCode(phone)
            for address in ["203.0.113.5", "203.0.113.77", "198.51.100.1"] {
                for _ in 0..<7 {
                    _ = try await problemCode {
                        _ = try await world.accounts.verifyPhone(
                            phone, code: "000000x", for: nil, from: Make.origin(address))
                    }
                }
            }
            #expect(try await world.signIn(phone, code).user.id == owner.user.id)
        }
    }

    @Test func `a code works from another network too, for a few tries`() async throws {
        try await World.lend { world in
            let phone = try Make.phone()
            let code = try await world.phoneCode(phone)
            let elsewhere = Make.origin("203.0.113.5")
            let verify = { (digits: String, origin: Origin) in
                try await problemCode {
                    _ = try await world.accounts.verifyPhone(
                        phone, code: digits, username: try Make.username(), for: nil, from: origin)
                }
            }
            for _ in 0..<3 { #expect(try await verify("000000x", elsewhere) == .invalidCode) }
            #expect(try await verify(code, elsewhere) == .tooManyAttempts)
            #expect(try await verify(code, Make.origin("198.51.100.1")) == nil)
        }
    }

    @Test func `guesses at the same time are all counted`() async throws {
        try await World.lend { world in
            let phone = try Make.phone()
            let code = try await world.phoneCode(phone)
            let wrong = code == "123456" ? "654321" : "123456"
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<12 { group.addTask { _ = try? await world.phoneProblem(phone, wrong) } }
            }
            let left: Int = try await world.database.one("select attempts_left::bigint from one_time_codes")
            #expect(left == 0)
        }
    }

    @Test func `a newer code makes the older one worthless`() async throws {
        try await World.lend { world in
            let phone = try Make.phone()
            let first = try await world.phoneCode(phone)
            world.clock.advance(by: .seconds(31))
            let second = try await world.phoneCode(phone)
            if first != second {
                #expect(try await world.phoneProblem(phone, first)?.code == .invalidCode)
            }
            _ = try await world.signIn(phone, second, as: try Make.username())
        }
    }

    @Test func `a code is good for ten minutes`() async throws {
        try await World.lend { world in
            let phone = try Make.phone()
            let code = try await world.phoneCode(phone)
            world.clock.advance(by: .minutes(10))
            #expect(try await world.phoneProblem(phone, code, as: try Make.username())?.code == .invalidCode)
        }
    }

    @Test func `another message waits half a minute, and there are five in an hour`() async throws {
        try await World.lend { world in
            let phone = try Make.phone()
            try await world.accounts.requestPhoneCode(phone, for: nil, from: Make.origin())
            let soon = try await problem {
                try await world.accounts.requestPhoneCode(phone, for: nil, from: Make.origin())
            }
            #expect(soon?.code == .tooManyAttempts)
            #expect(try #require(soon?.retryAfter) <= .seconds(30))
        }
    }

    @Test func `a number is kept by the person who proves it, and by one alone`() async throws {
        try await World.lend { world in
            let (person, other) = (try await world.register(), try await world.register())
            let phone = try Make.phone()
            try await world.attach(phone, to: person)
            #expect(try await world.accounts.me(person.user).hasPhone)
            let code = try await world.phoneCode(phone, for: other.user)
            #expect(try await world.phoneProblem(phone, code, for: other.user)?.code == .phoneTaken)
            // The code of one is not the code of another.
            #expect(try await world.phoneProblem(phone, code, for: person.user)?.code == .invalidCode)
            #expect(try await world.phoneProblem(phone, code)?.code == .invalidCode)
        }
    }

    @Test func `a sign-in by telephone takes the second factor too`() async throws {
        try await World.lend { world in
            let person = try await world.member()
            let phone = try Make.phone()
            try await world.attach(phone, to: person)
            _ = try await world.enroll(person)
            let verified = try await world.accounts.verifyPhone(
                phone, code: try await world.phoneCode(phone), username: nil, displayName: nil, for: nil,
                from: Make.origin())
            guard case .signIn(.secondFactor) = verified else {
                throw Unexpected(what: "no second factor was asked for")
            }
        }
    }

    @Test func `the last way to sign in cannot be taken away`() async throws {
        try await World.lend { world in
            let phone = try Make.phone()
            let signedIn = try await world.signIn(
                phone, try await world.phoneCode(phone), as: try Make.username())
            let user = try world.who(signedIn)
            #expect(
                try await problemCode {
                    try await world.accounts.removePhone(of: user, password: nil, from: Make.origin())
                } == .lastSignInMethod)
            let person = try await world.register()
            try await world.attach(try Make.phone(), to: person)
            try await world.accounts.removePhone(
                of: person.user, password: Make.password, from: Make.origin())
            #expect(try await !world.accounts.me(person.user).hasPhone)
        }
    }

    @Test func `a number stands nowhere in the open`() async throws {
        try await World.lend { world in
            let (person, phone) = (try await world.register(), try Make.phone())
            try await world.attach(phone, to: person)
            let found: Bool = try await world.database.one(
                """
                select exists (select from users u where u::text like '%' || \(phone.text.suffix(9).description) || '%')
                    or exists (select from one_time_codes c where c::text like '%' || \(phone.text.suffix(9).description) || '%')
                """)
            #expect(!found)
            let sealed: [UInt8] = try await world.database.one(
                "select phone_sealed from users where id = \(person.id)")
            let opened = try world.secrets.open(sealed, as: "phone", of: person.id)
            #expect(String(decoding: opened, as: UTF8.self) == phone.text)
        }
    }
}

extension World {
    func phoneCode(_ phone: PhoneNumber, for user: SignedInUser? = nil) async throws -> String {
        try await settleThrottle(phone)
        try await accounts.requestPhoneCode(phone, for: user, from: Make.origin())
        try await runJobs()
        return try #require(texts.code(to: phone))
    }

    /// The pause between two messages goes by Redis' clock, which tests do not move.
    func settleThrottle(_ phone: PhoneNumber) async throws {
        for subject in [phone.text, "\(phone.text) at home"] {
            await accounts.throttle.giveBack([
                Throttle.Bucket("resend", subject, limit: 1, window: .seconds(30))
            ])
        }
    }

    func attach(_ phone: PhoneNumber, to person: Person) async throws {
        _ = try await accounts.verifyPhone(
            phone, code: try await phoneCode(phone, for: person.user), password: Make.password, for: person.user,
            from: Make.origin())
    }

    func signIn(_ phone: PhoneNumber, _ code: String, as username: Username? = nil) async throws -> SignedIn {
        let verified = try await accounts.verifyPhone(
            phone, code: code, username: username, displayName: nil, for: nil, from: Make.origin())
        guard case .signIn(.complete(let signedIn)) = verified else { throw Unexpected(what: "\(verified)") }
        return signedIn
    }

    func phoneProblem(
        _ phone: PhoneNumber, _ code: String, as username: Username? = nil, for user: SignedInUser? = nil
    ) async throws -> Problem? {
        try await problem {
            _ = try await accounts.verifyPhone(
                phone, code: code, username: username, password: Make.password, for: user, from: Make.origin())
        }
    }
}
