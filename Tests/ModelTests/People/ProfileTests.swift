import Postgres
import Runtime
import TestSupport
import Testing

@testable import Model

@Suite(.ownAccounts) struct ProfileTests {
    @Test func `a person changes what others see, and their devices hear of it`() async throws {
        try await World.lend { world in
            let (person, viewer) = (try await world.register(), try await world.register())
            let until = world.clock.now + .hours(1)
            let me = try await world.accounts.changeProfile(
                ProfileChange(
                    displayName: "Countess", bio: "numbers",
                    status: .some(User.Status(text: "writing", emoji: "✍️", until: until))),
                of: person.user)
            #expect(me.displayName == "Countess" && me.status?.text == "writing")
            let seen = try await world.accounts.profile(of: person.id, for: viewer.user)
            #expect(seen.displayName == "Countess" && seen.bio == "numbers" && seen.status?.emoji == "✍️")
            #expect(seen.lastSeenAt != nil)
            world.clock.advance(by: .hours(1))
            #expect(try await world.accounts.profile(of: person.id, for: viewer.user).status == nil)
            #expect(try await world.accounts.me(person.user).status == nil)
            let cleared = try await world.accounts.changeProfile(
                ProfileChange(bio: "", status: .some(nil)), of: person.user)
            #expect(cleared.bio.isEmpty && cleared.displayName == "Countess")
            #expect(try await world.urevs(of: person) == ["profile": 2])
        }
    }

    @Test func `a name that somebody else has is refused`() async throws {
        try await World.lend { world in
            let (person, other) = (try await world.register(), try await world.register())
            let taken = Username(other.signedIn.user.username)
            #expect(
                try await problemCode {
                    _ = try await world.accounts.changeProfile(ProfileChange(username: taken), of: person.user)
                } == .usernameTaken)
        }
    }

    @Test func `who hides something is seen without it`() async throws {
        try await World.lend { world in
            let (person, viewer) = (try await world.register(), try await world.register())
            _ = try await world.accounts.changeProfile(
                ProfileChange(status: .some(User.Status(text: "away", emoji: nil, until: nil))), of: person.user)
            var settings = try await world.accounts.settings(of: person.user)
            #expect(settings.theme == .system && settings.lastSeen == .everyone && settings.readReceipts)
            settings.lastSeen = .nobody
            settings.status = .nobody
            settings.theme = .dark
            _ = try await world.accounts.changeSettings(of: person.user) { $0 = settings }
            #expect(try await world.accounts.settings(of: person.user) == settings)
            let seen = try await world.accounts.profile(of: person.id, for: viewer.user)
            #expect(seen.lastSeenAt == nil && seen.status == nil)
            #expect(try await world.urevs(of: person) == ["profile": 1, "settings": 2])
        }
    }

    @Test func `who is blocked cannot tell it from somebody who shows and wants to be found by nobody`() async throws {
        try await World.lend { world in
            let name = try Make.username("quentin")
            let (person, viewer) = (try await world.register(username: name), try await world.register())
            _ = try await world.accounts.changeProfile(
                ProfileChange(bio: "numbers", status: .some(User.Status(text: "away", emoji: nil, until: nil))),
                of: person.user)
            #expect(try await world.found("quentin", by: viewer) == [person.id])
            try await world.accounts.block(viewer.id, by: person.user)
            try await world.accounts.block(viewer.id, by: person.user)
            let seen = try await world.accounts.profile(of: person.id, for: viewer.user)
            #expect(seen.username == name.rawValue && seen.bio == "numbers" && !seen.isBlocked)
            #expect(seen.lastSeenAt == nil && seen.status == nil)
            #expect(try await world.found("quentin", by: viewer) == [])
            #expect(try await world.found(name.rawValue, by: viewer) == [person.id])
            #expect(try await world.accounts.profile(of: viewer.id, for: person.user).isBlocked)
            let blocked = try await world.accounts.blocks(of: person.user, after: nil, limit: 10)
            #expect(blocked.map(\.id) == [viewer.id])
            #expect(try await world.urevs(of: person) == ["profile": 1, "blocks": 2])
            try await world.accounts.unblock(viewer.id, by: person.user)
            #expect(try await world.found("quentin", by: viewer) == [person.id])
        }
    }

    @Test func `nobody blocks themselves, or somebody who does not exist`() async throws {
        try await World.lend { world in
            let person = try await world.register()
            #expect(try await world.blockCode(person.id, by: person) == .validationFailed)
            #expect(try await world.blockCode(.new(), by: person) == .notFound)
        }
    }

    @Test func `what a person wants to be seen as is kept`() async throws {
        try await World.lend { world in
            let person = try await world.register()
            try await world.accounts.setAvailability(.dnd, of: person.user)
            #expect(try await world.accounts.me(person.user).availability == .dnd)
        }
    }
}

@Suite(.ownAccounts) struct PeopleSearchTests {
    @Test func `words are found by their beginnings, in names of either kind, page by page`() async throws {
        try await World.lend { world in
            let viewer = try await world.register(username: try Make.username("viewer"))
            var everybody: [ID<User>] = []
            for number in 0..<7 {
                let person = try await world.register(username: Username("grace.h\(number)"))
                everybody.append(person.id)
            }
            _ = try await world.accounts.changeProfile(
                ProfileChange(displayName: "Grace Hopper-Murray"), of: try await world.register().user)
            #expect(try await world.found("GRAC", by: viewer).count == 8)
            #expect(try await world.found("grace murr", by: viewer).count == 1)
            #expect(try await world.found("h3", by: viewer) == [everybody[3]])
            var pages: [ID<User>] = []
            var cursor: String?
            repeat {
                let page = try await world.accounts.searchPeople(
                    "grace h", for: viewer.user, after: cursor, limit: 3)
                pages += page.map(\.id)
                cursor = page.count == 3 ? page.last?.username : nil
            } while cursor != nil
            #expect(pages.count == 8 && Set(pages).count == 8)
        }
    }

    @Test func `who does not want to be found is found by the whole name alone`() async throws {
        try await World.lend { world in
            let name = try Make.username("hidden")
            let (viewer, person) = (try await world.register(), try await world.register(username: name))
            var settings = try await world.accounts.settings(of: person.user)
            settings.searchable = false
            _ = try await world.accounts.changeSettings(of: person.user) { $0 = settings }
            #expect(try await world.found("hidden", by: viewer) == [])
            #expect(try await world.found(name.rawValue, by: viewer) == [person.id])
        }
    }

    @Test func `who wants to be deleted is found by nobody, unless they take it back`() async throws {
        try await World.lend { world in
            let name = try Make.username("leaver")
            let (viewer, person) = (try await world.register(), try await world.register(username: name))
            _ = try await world.accounts.requestDeletion(
                of: person.user, password: Make.password, from: Make.origin())
            #expect(try await world.found(name.rawValue, by: viewer) == [])
            let back = try world.who(try await world.login(person))
            _ = try await world.accounts.cancelDeletion(of: back, from: Make.origin())
            #expect(try await world.found(name.rawValue, by: viewer) == [person.id])
        }
    }

    @Test(arguments: ["a", "", "!!", "' or 1=1 --", "a:* | b", "((", "\\", "&!", "💥", "ab\u{0D4E}(", "ab\u{0D4E}& cd"])
    func `what is no search is refused, or finds nobody`(query: String) async throws {
        try await World.lend { world in
            let viewer = try await world.register(username: try Make.username("viewer"))
            do { #expect(try await world.found(query, by: viewer).isEmpty) } catch let problem as Problem {
                #expect(problem.code == .validationFailed)
            }
        }
    }
}

extension World {
    func found(_ query: String, by viewer: Person) async throws -> [ID<User>] {
        try await accounts.searchPeople(query, for: viewer.user, after: nil, limit: 50).map(\.id)
    }

    func blockCode(_ other: ID<User>, by person: Person) async throws -> Problem.Code? {
        try await problemCode { try await accounts.block(other, by: person.user) }
    }

    /// The number of the last change, by what changed.
    func urevs(of person: Person) async throws -> [String: Int] {
        let rows: [(String, Int)] = try await database.all(
            "select subject, urev from user_changes where user_id = \(person.id)")
        return Dictionary(uniqueKeysWithValues: rows)
    }
}
