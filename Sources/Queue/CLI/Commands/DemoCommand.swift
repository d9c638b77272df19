import Crypto
import JSON
import Model
import Runtime

/// `yardctl demo`
enum DemoCommand {
    static let command = Command(
        path: "demo", summary: "fill the system with people and conversations, to look at or for a load test",
        details: [
            "Without options: some twenty people who write to each other. What is there already stays, so a second time",
            "changes nothing. All have the same password, which is printed. With --users it makes so many people for a",
            "load test, new ones each time, and --tokens names the file for their access tokens: a line for each person,",
            "token, user id and conversation id between tabs. The tokens are good for JWT_EXPIRATION, and for an API with",
            "the same JWT_SECRET and address (API_URL, LISTEN or PORT). Production is asked first.",
        ],
        options: [
            .init(name: "users", value: "COUNT", summary: "how many people for a load test"),
            .init(name: "group", value: "COUNT", summary: "how many of them share a conversation (default 10)"),
            .init(name: "tokens", value: "FILE", summary: "where to write their access tokens", words: .files),
            .yes,
        ],
        examples: [("--users 12000 --group 10 --tokens tokens.txt", "1,200 groups of ten")],
        run: run)

    static func run(_ invocation: Invocation, _ session: Session) async throws -> ExitCode {
        let users = try invocation.count("users", in: 1...1_000_000)
        let group = try invocation.count("group", in: 1...Conversation.mostMembersOfGroup)
        let path = invocation.option("tokens")
        if users == nil, group != nil || path != nil {
            throw UsageError("--group and --tokens are for a load test: give --users", command: invocation.command)
        }
        if ConfigReader(session.environment).isProduction {
            try await session.confirm("Fill a system in production with people who do not exist?", invocation)
        }
        guard let users else { return try await loadWorld(invocation, session) }
        return try await settle(users, inGroupsOf: group ?? 10, path, invocation, session)
    }

    // MARK: To look at

    private static func loadWorld(_ invocation: Invocation, _ session: Session) async throws -> ExitCode {
        let hashing = ThreadPool(name: "passwords", threads: 1)
        defer { hashing.stop() }
        let made = try await session.whileShowing("filling") {
            try await session.withDurable { durable in
                try await DemoWorld(
                    durable: durable, hasher: PasswordHasher(pool: hashing), loops: session.loops
                ).load()
            }
        }
        if invocation.wantsJSON {
            session.console.print([
                "people": .number(made.people), "conversations": .number(made.conversations),
                "messages": .number(made.messages), "email": .string(DemoWorld.address),
                "password": .string(DemoWorld.password),
            ])
        } else {
            let counts = [(made.people, "account"), (made.conversations, "conversation"), (made.messages, "message")]
            let text = counts.map { Figures.count($0, $1) }.joined(separator: ", ")
            session.console.print(made.isNothing ? "The demo is there already." : "Made \(text).")
            session.console.print("Sign in as \(DemoWorld.address) with the password \(DemoWorld.password).")
        }
        return .clean
    }

    // MARK: For load tests

    private static func settle(
        _ users: Int, inGroupsOf group: Int, _ path: String?, _ invocation: Invocation, _ session: Session
    ) async throws -> ExitCode {
        // Before thousands are made whose tokens then cannot be kept.
        let file = try path.map { try TokenFile($0) }
        let population = Population(
            database: try session.database(), signInKey: try session.load(), config: try session.load())
        let line = ProgressLine("writing people", console: session.console)
        defer { line.end() }
        let residents = try await population.settle(users, inGroupsOf: group) { done in
            line.update(done, of: users)
            try Task.checkCancellation()
        }
        line.end()
        try file?.write(residents)
        let groups = (users + group - 1) / group
        if invocation.wantsJSON {
            session.console.print(["people": .number(users), "conversations": .number(groups)])
        } else {
            let tokens = path.map { ", their access tokens in \($0)" } ?? ""
            session.console.print(
                "Made \(Figures.count(users, "account")), \(Figures.count(groups, "conversation"))\(tokens).")
        }
        return .clean
    }
}
