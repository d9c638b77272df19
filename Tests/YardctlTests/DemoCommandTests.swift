import Crypto
import Glibc
import JSON
import Model
import Postgres
import Runtime
import TestSupport
import Testing

@Suite(.ownStores) struct DemoCommandTests {
    @Test func `the demo has people who have written to each other, once`() async throws {
        let database = try await Shed.migrated().database()
        let first = try await Yardctl.run("demo")
        #expect(first.code == .code(0) && first.output.contains("Made 20 accounts, 7 conversations"), "\(first)")
        let counted: SQL = """
            select (select count(*) from users), (select count(*) from conversations), (select count(*) from messages),
                (select count(*) from reactions)
            """
        let before = try await database.one(counted, as: (Int, Int, Int, Int).self)
        #expect(before.0 == 20 && before.1 == 7 && before.2 > 30 && before.3 > 20)
        let second = try await Yardctl.run("demo")
        #expect(second.code == .code(0) && second.output.contains("The demo is there already."), "\(second)")
        #expect(try await database.one(counted, as: (Int, Int, Int, Int).self) == before)
        #expect(try await Yardctl.run("demo", "--json").json["messages"] == 0)
    }

    @Test func `a demo that was interrupted is completed by the next`() async throws {
        let database = try await Shed.migrated().database()
        try await Yardctl.run("demo")
        let whole = try await database.one("select count(*) from messages", as: Int.self)
        try await database.run("delete from conversations where title = 'Book club'")
        let result = try await Yardctl.run("demo", "--json").json
        #expect(result["people"] == 0 && result["conversations"] == 1 && result["messages"] == 7)
        #expect(try await database.one("select count(*) from messages", as: Int.self) == whole)
    }

    @Test func `the password of the demo is that of its people`() async throws {
        let database = try await Shed.migrated().database()
        let json = try await Yardctl.run("demo", "--json").json
        let hash: String = try await database.one(
            """
            select c.password_hash from credentials c join users u on u.id = c.user_id
            where u.email = \(json["email"]?.string ?? "") and u.email_verified_at is not null
            """)
        let hasher = PasswordHasher(pool: ThreadPool(name: "passwords", threads: 1))
        #expect(try await hasher.verify(json["password"]?.string ?? "", against: PasswordHash(hash)))
    }

    @Test func `people for a load test have tokens that the API takes`() async throws {
        let database = try await Shed.migrated().database()
        let folder = try ScratchFolder("demo")
        let settings = ["JWT_SECRET": "a secret of the load test, long enough", "API_URL": "http://127.0.0.1:1234"]
        let result = try await Yardctl.run(
            ["demo", "--users", "25", "--group", "10", "--tokens", folder.file("tokens")], environment: settings)
        #expect(result.code == .code(0) && result.output.contains("Made 25 accounts, 3 conversations"), "\(result)")
        let lines = try TextFile.read(folder.file("tokens")).split(separator: "\n").map { $0.split(separator: "\t") }
        #expect(lines.count == 25 && Set(lines.map { $0[1] }).count == 25 && Set(lines.map { $0[2] }).count == 3)

        var reader = ConfigReader(settings)
        let accounts: AccountsConfig = try reader.load()
        let tokens = AccessTokens(try reader.load(), issuer: accounts.places.api, lifetime: accounts.accessLifetime)
        for line in lines {
            let claims = try tokens.check(String(line[0]), at: .now)
            let isHere: Bool = try await database.one(
                """
                select exists (
                    select from sessions s
                    join members m on m.user_id = s.user_id and m.conversation_id = \(UUID(line[2]))
                    join member_periods p on p.conversation_id = m.conversation_id and p.user_id = m.user_id
                    where s.id = \(claims.session.uuid) and s.user_id = \(UUID(line[1]))
                )
                """)
            #expect(isHere && claims.user.uuid == UUID(line[1]))
        }
        let sizes: [Int] = try await database.all("select member_count from conversations order by member_count")
        #expect(sizes == [5, 10, 10])
        var status = stat()
        #expect(stat(folder.file("tokens"), &status) == 0 && status.st_mode & 0o777 == 0o600)
    }

    @Test func `a second load test gets people of its own`() async throws {
        let database = try await Shed.migrated().database()
        for _ in 1...2 { #expect(try await Yardctl.run("demo", "--users", "3").code == .code(0)) }
        #expect(try await database.one("select count(*) from users", as: Int.self) == 6)
    }

    @Test func `production is filled by nobody who has not said yes`() async throws {
        let database = try await Shed.migrated().database()
        let settings = ["APP_ENV": "production", "JWT_SECRET": "a secret of the load test, long enough"]
        let refused = try await Yardctl.run("demo", "--users", "3", environment: settings)
        #expect(refused.code == .code(2) && refused.errors.contains("--yes"), "\(refused)")
        #expect(try await database.one("select count(*) from users", as: Int.self) == 0)
        #expect(try await Yardctl.run("demo", "--users", "3", "--yes", environment: settings).code == .code(0))
    }

    @Test(arguments: [
        (["demo", "--group", "3"], Int32(2), "give --users"),
        (["demo", "--users", "0"], 2, "--users"),
        (["demo", "--users", "1", "--tokens", "/nowhere/tokens"], 74, "cannot be written"),
    ])
    func `what cannot be made is said`(words: [String], code: Int32, text: String) async throws {
        let result = try await Yardctl.run(words)
        #expect(result.code == .code(code) && result.errors.contains(text), "\(result)")
    }

    @Test func `a database without tables is said to be one`() async throws {
        for words in [["demo"], ["demo", "--users", "3"]] {
            let result = try await Yardctl.run(words)
            #expect(result.code == .code(78) && result.errors.contains("yardctl migrate"), "\(result)")
        }
    }
}
