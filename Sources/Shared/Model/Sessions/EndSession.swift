import JSON
import Postgres
import Queue
import Runtime

extension Accounts {
    package func sessions(of user: SignedInUser) async throws -> [Session] {
        try await Session.all(of: user.id, at: now, on: database)
    }

    package func logOut(_ user: SignedInUser, from origin: Origin) async throws {
        try await end(user.session, of: user, as: .logout, from: origin)
    }

    /// Ends another device of the person, or this one.
    package func endSession(_ session: ID<Session>, of user: SignedInUser, from origin: Origin) async throws {
        let ending: Session.Ending = session == user.session ? .logout : .removed
        guard try await end(session, of: user, as: ending, from: origin) else {
            throw Problem(.notFound, "There is no such session.")
        }
    }

    /// Ends all devices of the person, this one included.
    package func logOutEverywhere(_ user: SignedInUser, from origin: Origin) async throws {
        try await durable.transaction { transaction in
            let count = try await Session.endAll(of: user.id, as: .everywhere, at: now, on: transaction)
            try await IssuedCode.withdraw(IssuedCode.waysBackIn, of: user.id, on: transaction)
            try await AccountExport.withdrawAll(of: user.id, on: transaction)
            try await AuditEntry(
                .signedOutEverywhere, by: user.id, session: user.session, from: origin, at: now,
                ["sessions": .number(count)]
            ).write(on: transaction)
        }
    }

    @discardableResult
    private func end(
        _ session: ID<Session>, of user: SignedInUser, as ending: Session.Ending, from origin: Origin
    ) async throws -> Bool {
        try await durable.transaction { transaction in
            let wasOpen = try await Session.end(session, of: user.id, as: ending, at: now, on: transaction)
            if wasOpen {
                try await AuditEntry(
                    .signedOut, by: user.id, session: session, from: origin, at: now,
                    ["reason": .string(ending.rawValue)]
                ).write(on: transaction)
            }
            return wasOpen
        }
    }
}
