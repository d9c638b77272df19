import HTTP
import Postgres
import Runtime
import Synchronization
import Testing

@testable import Model

/// People with what they need, each unlike all others.
enum Make {
    private static let number = Atomic<Int>(0)

    static let password = "correct horse battery"

    static func email(_ name: String = "ada") throws -> EmailAddress {
        try #require(EmailAddress("\(name)\(next())@example.org"))
    }

    static func username(_ name: String = "ada") throws -> Username { try #require(Username("\(name)\(next())")) }

    static func phone() throws -> PhoneNumber { try #require(PhoneNumber("+4915100\(100_000 + next())")) }

    static func origin(_ address: String = "192.0.2.7", agent: String = "tests") -> Origin {
        Origin(address: IPAddress(address), userAgent: agent, requestID: .new())
    }

    private static func next() -> Int { number.wrappingAdd(1, ordering: .relaxed).newValue }
}

/// Somebody who has an account.
struct Person: Sendable {
    let email: EmailAddress
    let signedIn: SignedIn
    let user: SignedInUser

    var id: ID<User> { user.id }
}

extension World {
    func register(
        _ email: EmailAddress? = nil, username: Username? = nil, password: String = Make.password,
        from origin: Origin = Make.origin()
    ) async throws -> Person {
        let email = try email ?? Make.email()
        let signedIn = try await accounts.register(
            Registration(
                email: email, username: try username ?? Make.username(), password: password, displayName: "Ada Lovelace"
            ),
            from: origin)
        return Person(email: email, signedIn: signedIn, user: try who(signedIn))
    }

    /// The same with an address that is verified.
    func member(password: String = Make.password, from origin: Origin = Make.origin()) async throws -> Person {
        let person = try await register(password: password, from: origin)
        try await runJobs()
        try await accounts.verifyEmail(try #require(mails.token(to: person.email)), from: origin)
        return person
    }

    /// What the access token says.
    func who(_ signedIn: SignedIn) throws -> SignedInUser {
        let claims = try accounts.tokens.check(signedIn.accessToken, at: clock.now)
        return SignedInUser(claims.user, session: claims.session)
    }

    /// Signs in on another device.
    func login(
        _ person: Person, _ password: String = Make.password, from origin: Origin = Make.origin()
    ) async throws -> SignedIn {
        guard case .complete(let signedIn) = try await accounts.login(person.email, password, from: origin) else {
            throw Unexpected(what: "a second factor was asked for")
        }
        return signedIn
    }

    /// What a sign-in with a wrong password is answered with.
    func guess(
        _ email: EmailAddress, _ password: String = "wrong password", from origin: Origin = Make.origin()
    ) async throws -> Problem.Code? {
        try await problemCode { _ = try await accounts.login(email, password, from: origin) }
    }

    func openSessions(of person: Person) async throws -> Set<ID<Session>> {
        Set(try await accounts.sessions(of: person.user).map(\.id))
    }

    func audit(_ action: AuditEntry.Action, of person: ID<User>?) async throws -> Int {
        try await database.one(
            """
            select count(*) from audit_log
            where action = \(action.name) and subject_id is not distinct from \(person)
            """)
    }
}

struct Unexpected: Error { let what: String }

/// The problem that an action throws; anything else it throws goes on.
func problem(_ body: () async throws -> Void, sourceLocation: SourceLocation = #_sourceLocation) async throws
    -> Problem?
{
    do { try await body() } catch let problem as Problem { return problem }
    return nil
}

func problemCode(_ body: () async throws -> Void) async throws -> Problem.Code? { try await problem(body)?.code }
