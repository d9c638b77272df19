import APIFrame
import HTTP
import Model
import Runtime

/// Profiles, and the people around one.
struct UserRoutes: Sendable {
    let accounts: Accounts

    var routes: [APIRoute] {
        [
            .get("/users/me", "Show oneself", me),
            .patch("/users/me", "Change one's profile", errors: [.usernameTaken], change),
            .delete(
                "/users/me", "Ask for one's account to be deleted", errors: CredentialRoutes.confirmation,
                details:
                    "All devices are signed out. Until it is due, signing in and `POST /users/me/restore` take it back.",
                delete),
            .post("/users/me/restore", "Take back the wish to be deleted", restore),
            .put("/users/me/presence", "Say what one wants to be seen as", setPresence),
            .get("/users", "Find people", details: "In the order of their usernames.", search),
            .get("/users/{id}", "Show a person", profile),
            .get("/users/me/blocks", "List whom one has blocked", blocks),
            .put("/users/me/blocks/{userId}", "Block a person", errors: [.validationFailed], block),
            .delete("/users/me/blocks/{userId}", "Unblock a person", unblock),
            .get("/users/me/settings", "Show one's settings", settings),
            .put(
                "/users/me/settings", "Change one's settings", details: "What is left out stays as it is.",
                changeSettings),
        ]
    }

    private func me(_ input: NoInput, _ call: Call) async throws -> User { try await accounts.me(try call.signedIn) }

    private func change(_ input: ProfileInput, _ call: Call) async throws -> User {
        try await accounts.changeProfile(input.change, of: try call.signedIn)
    }

    private func delete(_ input: ConfirmationInput, _ call: Call) async throws -> Accepted<DeletionWish> {
        Accepted(
            DeletionWish(
                dueAt: try await accounts.requestDeletion(
                    of: try call.signedIn, password: input.password?.exposed, from: call.origin)))
    }

    private func restore(_ input: NoInput, _ call: Call) async throws -> User {
        try await accounts.cancelDeletion(of: try call.signedIn, from: call.origin)
    }

    private func setPresence(_ input: PresenceInput, _ call: Call) async throws -> NoContent {
        try await accounts.setAvailability(input.availability, of: try call.signedIn)
        return NoContent()
    }

    private func search(_ input: PeopleSearch, _ call: Call) async throws -> Page<Profile> {
        let cursor = try input.page.cursor.map { cursor throws(Problem) in try call.place(of: cursor, as: String.self) }
        let found = try await accounts.searchPeople(
            input.query, for: try call.signedIn, after: cursor, limit: input.page.limit + 1)
        let page = Array(found.prefix(input.page.limit))
        let next = found.count > page.count ? page.last.map { call.cursor(after: $0.username) } : nil
        return Page(page, nextCursor: next)
    }

    private func profile(_ input: UserPath, _ call: Call) async throws -> Profile {
        try await accounts.profile(of: input.id, for: try call.signedIn)
    }

    // MARK: Blocks

    private func blocks(_ input: PageInput, _ call: Call) async throws -> Page<BlockedPerson> {
        let cursor = try input.page.cursor.map { cursor throws(Problem) in try call.place(of: cursor, as: ID<User>.self)
        }
        let found = try await accounts.blocks(
            of: try call.signedIn, after: cursor, limit: input.page.limit + 1)
        let page = Array(found.prefix(input.page.limit))
        let next = found.count > page.count ? page.last.map { call.cursor(after: $0.id) } : nil
        return Page(page, nextCursor: next)
    }

    private func block(_ input: BlockPath, _ call: Call) async throws -> NoContent {
        try await accounts.block(input.userID, by: try call.signedIn)
        return NoContent()
    }

    private func unblock(_ input: BlockPath, _ call: Call) async throws -> NoContent {
        try await accounts.unblock(input.userID, by: try call.signedIn)
        return NoContent()
    }

    // MARK: Settings

    private func settings(_ input: NoInput, _ call: Call) async throws -> UserSettings {
        try await accounts.settings(of: try call.signedIn)
    }

    private func changeSettings(_ input: SettingsInput, _ call: Call) async throws -> UserSettings {
        try await accounts.changeSettings(of: try call.signedIn) { input.apply(to: &$0) }
    }
}

/// When an account is going to be deleted.
struct DeletionWish: Representable {
    let dueAt: Timestamp

    static let representation = Representation<DeletionWish>(
        "DeletionWish", "When the account is going to be deleted.", [.member("deletionDueAt") { $0.dueAt }])
}
