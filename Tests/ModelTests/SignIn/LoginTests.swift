import Crypto
import Glibc
import Queue
import Redis
import Postgres
import Runtime
import TestSupport
import Testing

@testable import Model

@Suite(.ownAccounts) struct LoginTests {
    @Test func `the right password signs in another device`() async throws {
        try await World.lend { world in
            let person = try await world.register()
            let second = try await world.login(person, from: Make.origin("198.51.100.3", agent: "telephone"))
            #expect(second.user.id == person.id)
            let sessions = try await world.accounts.sessions(of: person.user)
            #expect(sessions.count == 2)
            let newest = try #require(sessions.first)
            #expect(newest.device == "telephone" && newest.address == "198.51.100.3" && newest.method == .password)
        }
    }

    @Test func `a wrong password and an unknown address get the same answer, and are written down alike`() async throws
    {
        try await World.lend { world in
            let person = try await world.register()
            let wrong = try await problem { _ = try await world.login(person, "wrong password") }
            let unknown = try await problem {
                _ = try await world.accounts.login(try Make.email("nobody"), "wrong password", from: Make.origin())
            }
            #expect(wrong?.code == .invalidCredentials)
            #expect(wrong?.detail == unknown?.detail && wrong?.code == unknown?.code)
            #expect(try await world.audit(.signInFailed, of: person.id) == 1)
            #expect(try await world.audit(.signInFailed, of: nil) == 1)
        }
    }

    /// The only thread is held, so that what was asked of it can be counted.
    @Test func `an unknown address and an account without a password cost the same hashing as a wrong password`()
        async throws
    {
        let pool = ThreadPool(name: "held", threads: 1)
        try await World.lend(hashing: pool) { world in
            let person = try await world.register()
            let bare = try await world.register()
            try await Credential.remove(of: bare.id, on: world.database)
            for email in [person.email, try Make.email("nobody"), bare.email] {
                let gate = Semaphore()
                let holding = Task { try await pool.run { gate.wait() } }
                try await eventually { pool.queued == 0 }
                let login = Task { try await world.guess(email) }
                try await eventually { pool.queued == 1 }
                gate.signal()
                try await holding.value
                #expect(try await login.value == .invalidCredentials)
            }
        }
        pool.stop()
    }

    @Test func `when too many want to be hashed for, the answer says when to come again`() async throws {
        let pool = ThreadPool(name: "full", threads: 1, queueLimit: 0)
        try await World.lend(hashing: pool) { world in
            let refused = try await problem {
                _ = try await world.accounts.login(try Make.email(), "any password", from: Make.origin())
            }
            #expect(refused?.code == .unavailable && refused?.retryAfter != nil)
        }
        pool.stop()
    }

    @Test func `guesses from one address are throttled, and the owner elsewhere is not`() async throws {
        try await World.lend(["GUESSES_PER_ACCOUNT_AND_ADDRESS": "3"]) { world in
            let person = try await world.register(from: Make.origin("192.0.2.1"))
            let thief = Make.origin("203.0.113.5")
            for _ in 0..<3 {
                #expect(try await world.guess(person.email, from: thief) == .invalidCredentials)
            }
            let refused = try await problem { _ = try await world.login(person, from: thief) }
            #expect(refused?.code == .tooManyAttempts)
            #expect(try #require(refused?.retryAfter) > .minutes(10))
            _ = try await world.login(person, from: Make.origin("192.0.2.1"))
        }
    }

    @Test func `a device that was signed in before has tries of its own, which others cannot use up`() async throws {
        let limits = ["GUESSES_PER_ACCOUNT_AND_ADDRESS": "3", "GUESSES_PER_ADDRESS": "3"]
        try await World.lend(limits) { world in
            let (person, other) = (try await world.register(), try await world.register())
            let device = person.signedIn.refreshToken
            try await world.accounts.logOut(person.user, from: Make.origin())
            for _ in 0..<3 { #expect(try await world.guess(person.email) == .invalidCredentials) }
            #expect(try await world.guess(person.email, Make.password) == .tooManyAttempts)
            for token in [other.signedIn.refreshToken, String(device.reversed()), "none"] {
                let code = try await problemCode {
                    _ = try await world.accounts.login(
                        person.email, Make.password, onDeviceOf: token, from: Make.origin())
                }
                #expect(code == .tooManyAttempts)
            }
            // The address is exhausted too by now.
            _ = try await world.accounts.login(person.email, Make.password, onDeviceOf: device, from: Make.origin())
            for expected in [
                Problem.Code.invalidCredentials, .invalidCredentials, .invalidCredentials, .tooManyAttempts,
            ] {
                let code = try await problemCode {
                    _ = try await world.accounts.login(
                        person.email, "wrong password", onDeviceOf: device, from: Make.origin())
                }
                #expect(code == expected)
            }
        }
    }

    @Test func `right passwords are no guesses`() async throws {
        try await World.lend(["GUESSES_PER_ACCOUNT_AND_ADDRESS": "3"]) { world in
            let person = try await world.register()
            for _ in 0..<6 { _ = try await world.login(person) }
        }
    }

    @Test func `guesses from many addresses are throttled together, but not where the owner has been`() async throws {
        try await World.lend(["GUESSES_PER_ACCOUNT": "4"]) { world in
            let person = try await world.register(from: Make.origin("192.0.2.1"))
            for number in 1...4 {
                let thief = Make.origin("203.0.113.\(number)")
                #expect(try await world.guess(person.email, from: thief) == .invalidCredentials)
            }
            let elsewhere = Make.origin("203.0.113.9")
            #expect(try await world.guess(person.email, from: elsewhere) == .tooManyAttempts)
            // The same house, another address of the provider.
            _ = try await world.login(person, from: Make.origin("192.0.2.77"))
            // An address that is nobody's is throttled alike.
            let nobody = try Make.email("nobody")
            for number in 1...4 { _ = try await world.guess(nobody, from: Make.origin("203.0.113.\(number)")) }
            #expect(try await world.guess(nobody, from: elsewhere) == .tooManyAttempts)
        }
    }

    @Test func `guesses at the same time are all counted`() async throws {
        try await World.lend(["GUESSES_PER_ACCOUNT_AND_ADDRESS": "5"]) { world in
            let person = try await world.register()
            let codes = await withTaskGroup(of: Problem.Code?.self) { group in
                for _ in 0..<20 {
                    group.addTask { try? await world.guess(person.email) }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(codes.filter { $0 == .invalidCredentials }.count == 5)
            #expect(codes.filter { $0 == .tooManyAttempts }.count == 15)
        }
    }

    @Test func `without Redis each process counts for itself`() async throws {
        let redis = try await RedisServer()
        try await World.lend(["GUESSES_PER_ACCOUNT_AND_ADDRESS": "2"], redis: redis.url) { world in
            let email = try Make.email("nobody")
            try await redis.kill()
            for expected in [Problem.Code.invalidCredentials, .invalidCredentials, .tooManyAttempts] {
                #expect(try await world.guess(email) == expected)
            }
        }
    }

    @Test func `a Redis that accepts and never answers is asked once a second, and guesses count all the same`()
        async throws
    {
        let hole = try BlackHole()
        try await World.lend(["GUESSES_PER_ACCOUNT_AND_ADDRESS": "2"], redis: "redis://127.0.0.1:\(hole.port)") {
            world in
            let email = try Make.email("nobody")
            for expected in [Problem.Code.invalidCredentials, .invalidCredentials, .tooManyAttempts] {
                #expect(try await world.guess(email) == expected)
            }
        }
    }

    @Test func `what does not answer is asked by one a second, until it answers`() {
        let breaker = Breaker()
        let start = MonotonicTime(nanoseconds: 1_000_000_000)
        func asked(_ after: Duration) -> [Bool] { (0..<3).map { _ in breaker.mayAsk(at: start + after) } }
        #expect(asked(.zero) == [true, true, true])
        breaker.failed(at: start)
        #expect(asked(.milliseconds(999)) == [false, false, false])
        #expect(asked(.seconds(1)) == [true, false, false])
        #expect(asked(.seconds(2)) == [true, false, false])
        breaker.answered()
        #expect(asked(.seconds(2)) == [true, true, true])
    }

    @Test func `a limit of 0 is none`() async throws {
        let off = [
            "GUESSES_PER_ACCOUNT_AND_ADDRESS": "0", "GUESSES_PER_ADDRESS": "0", "GUESSES_PER_ACCOUNT": "0",
        ]
        try await World.lend(off) { world in
            let person = try await world.register()
            for _ in 0..<30 {
                #expect(try await world.guess(person.email) == .invalidCredentials)
            }
        }
    }

    @Test func `a hash of an older cost is renewed at the next sign-in`() async throws {
        try await World.lend { world in
            let person = try await world.register()
            let older = PasswordHasher(cost: Argon2Cost(kibibytes: 32, passes: 2), pool: World.hashing)
            try await Credential.set(
                try await older.hash(Make.password), of: person.id, at: world.clock.now, on: world.database)
            _ = try await world.login(person)
            let hash = try await Credential.find(person.id, from: Make.origin(), on: world.database)?.hash
            #expect(hash?.cost == World.cheap)
            _ = try await world.login(person)
        }
    }

    /// The change commits while the sign-in hashes: the sign-in must not outlive it.
    @Test func `a sign-in with a password that is changed meanwhile is refused`() async throws {
        let pool = ThreadPool(name: "slow", threads: 1)
        try await World.lend(hashing: pool) { world in
            let person = try await world.register()
            let newHash = try await world.accounts.hash(try NewPassword("another password"))
            let gate = Semaphore()
            let holding = Task { try await pool.run { gate.wait() } }
            let login = Task { try await problemCode { _ = try await world.login(person) } }
            try await eventually { pool.queued == 1 }
            try await Credential.set(
                newHash, of: person.id, at: world.clock.now + .seconds(1), on: world.database)
            gate.signal()
            try await holding.value
            #expect(try await login.value == .invalidCredentials)
        }
        pool.stop()
    }

    /// The owner enables an app while somebody who knows the password signs in: the sign-in must ask for a code.
    @Test func `a sign-in during which a second factor is enabled asks for it`() async throws {
        let pool = ThreadPool(name: "slow", threads: 1)
        try await World.lend(hashing: pool) { world in
            let person = try await world.register()
            let gate = Semaphore()
            let holding = Task { try await pool.run { gate.wait() } }
            let login = Task { try await world.accounts.login(person.email, Make.password, from: Make.origin()) }
            try await eventually { pool.queued == 1 }
            try await world.database.run(
                """
                insert into totp_secrets (user_id, secret_sealed, created_at, confirmed_at)
                values (\(person.id), \([UInt8](repeating: 1, count: 48)), now(), now())
                """)
            gate.signal()
            try await holding.value
            guard case .secondFactor = try await login.value else {
                return #expect(Bool(false), "it was let in without a code")
            }
        }
        pool.stop()
    }
}
