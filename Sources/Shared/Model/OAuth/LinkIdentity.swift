import JSON
import Postgres
import Queue
import Runtime

extension Accounts {
    package func identities(of user: SignedInUser) async throws -> [OAuthIdentity] {
        try await OAuthIdentity.all(of: user.id, on: database)
    }

    func link(
        _ identity: ProvenIdentity, to user: SignedInUser, _ confirmation: Confirmation, from origin: Origin
    ) async throws {
        try await refusingTakenNames {
            try await durable.transaction { transaction in
                let person = try await confirmation.lock(on: transaction)
                let owner = try await OAuthIdentity.owner(of: identity, on: transaction)
                if owner == user.id { return }
                guard owner == nil else {
                    throw Problem(.identityTaken, "This identity belongs to another account.")
                }
                try await add(identity, to: user.id, from: origin, on: transaction)
                // Who is signed in here has the mailbox as well, so the address is proven with it.
                if !person.isVerified, identity.isEmailVerified, let email = identity.email, email == person.email {
                    try await User.setEmail(email, verifiedAt: now, of: user.id, on: transaction)
                    try await AuditEntry(.emailVerified, by: user.id, session: user.session, from: origin, at: now)
                        .write(on: transaction)
                    try await UserChange.record(.profile, of: user.id, at: now, on: transaction)
                }
            }
        }
    }

    func add(
        _ identity: ProvenIdentity, to user: ID<User>, from origin: Origin, on transaction: JobTransaction
    ) async throws {
        try await OAuthIdentity.insert(identity, of: user, at: now, on: transaction)
        try await AuditEntry(
            .identityLinked, by: user, from: origin, at: now, ["provider": .string(identity.provider.rawValue)]
        ).write(on: transaction)
        try await notify(user, of: .identityLinked, on: transaction)
    }

    package func unlink(
        _ identity: ID<OAuthIdentity>, password: String?, of user: SignedInUser, from origin: Origin
    ) async throws {
        let confirmation = try await confirm(user, password: password, from: origin)
        try await durable.transaction { transaction in
            try await confirmation.lock(on: transaction)
            guard let provider = try await OAuthIdentity.remove(identity, of: user.id, on: transaction)
            else { throw Problem(.notFound, "There is no such identity.") }
            guard try await OAuthIdentity.waysIn(of: user.id, on: transaction) > 0 else { throw Self.lastWayIn }
            try await AuditEntry(
                .identityUnlinked, by: user.id, session: user.session, from: origin, at: now,
                ["provider": .string(provider.rawValue)]
            ).write(on: transaction)
        }
    }
}
