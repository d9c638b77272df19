import Crypto
import Postgres
import Runtime

/// People for load tests, in groups, each of them signed in. They are written in bulk: a person at a time would take minutes.
package struct Population: Sendable {
    /// Somebody of it, as a load test needs them.
    package struct Resident: Sendable {
        package let user = ID<User>.new()
        package let conversation: ID<Conversation>
        package let accessToken: String
        let session: ID<Session>
        let username: String
        /// The first of a group is its administrator.
        let isFirst: Bool

        fileprivate init(_ username: String, _ group: Group, isFirst: Bool, _ population: Population) {
            self.username = username
            self.isFirst = isFirst
            conversation = group.id
            session = .new()
            accessToken = population.tokens.issue(user, session, .member, at: population.now)
        }
    }

    struct Group: Sendable {
        let id = ID<Conversation>.new()
        let title: String
        let size: Int
    }

    let database: Database
    let tokens: AccessTokens
    let config: AccountsConfig
    let now: Timestamp

    package init(database: Database, signInKey: SignInKey, config: AccountsConfig, clock: any WallClock = SystemClock())
    {
        self.database = database
        self.config = config
        tokens = AccessTokens(signInKey, issuer: config.places.api, lifetime: config.accessLifetime)
        now = clock.now
    }

    /// In a transaction each; other writers wait no longer than for one of them.
    private static let piece = 2000

    /// Nobody has a password: whoever needs them uses the tokens. `progress` hears how many there are so far.
    package func settle(
        _ count: Int, inGroupsOf size: Int, progress: (Int) throws -> Void
    ) async throws -> [Resident] {
        let mark = Hex.encode(SecureRandom.bytes(4))
        let perPiece = max(1, Self.piece / size) * size
        var residents: [Resident] = []
        while residents.count < count {
            let wanted = min(perPiece, count - residents.count)
            let (groups, people) = make(wanted, inGroupsOf: size, after: residents.count, mark)
            try await database.transaction { transaction in
                try await insert(people, on: transaction)
                try await insert(groups, of: people, on: transaction)
            }
            residents += people
            try progress(residents.count)
        }
        return residents
    }

    private func make(
        _ count: Int, inGroupsOf size: Int, after first: Int, _ mark: String
    ) -> (groups: [Group], people: [Resident]) {
        var groups: [Group] = []
        let people = (0..<count).map { place in
            if place % size == 0 {
                let number = (first + place) / size + 1
                groups.append(Group(title: "Load \(mark), group \(number)", size: min(size, count - place)))
            }
            return Resident(
                "load.\(mark).\(first + place + 1)", groups[groups.count - 1], isFirst: place % size == 0, self)
        }
        return (groups, people)
    }
}
