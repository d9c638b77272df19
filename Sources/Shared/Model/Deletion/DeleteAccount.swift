import JSON
import Postgres
import Queue
import Runtime

/// Deletes an account whose time has come.
package struct DeleteAccount: Job, Codable, Equatable {
    package static let kind = "account.delete"
    package static let queue = QueueName.maintenance
    package static var timeLimit: Duration { .minutes(15) }
    let user: ID<User>
}

extension Accounts {
    /// Asks to be deleted. All devices are signed out; signing in again and `cancelDeletion` take it back until it is due.
    package func requestDeletion(
        of user: SignedInUser, password: String?, from origin: Origin
    ) async throws -> Timestamp {
        let confirmation = try await confirm(user, password: password, from: origin)
        return try await durable.transaction { transaction in
            try await confirmation.lock(on: transaction)
            let (now, due) = (now, now + config.deletionGrace)
            guard try await AccountDeletion.insert(user.id, at: now, dueAt: due, on: transaction) else {
                try await Session.endAll(of: user.id, as: .deletion, at: now, on: transaction)
                return try await AccountDeletion.lock(user.id, on: transaction)?.dueAt ?? due
            }
            // Before the sessions end: afterwards nobody is signed in who could read of it.
            try await notify(user.id, of: .deletionAsked, on: transaction)
            try await transaction.enqueue(DeleteAccount(user: user.id), JobOptions(runAt: due))
            try await Session.endAll(of: user.id, as: .deletion, at: now, on: transaction)
            try await AuditEntry(.deletionAsked, by: user.id, session: user.session, from: origin, at: now)
                .write(on: transaction)
            return due
        }
    }

    /// Takes the wish back.
    package func cancelDeletion(of user: SignedInUser, from origin: Origin) async throws -> User {
        try await durable.transaction { transaction in
            guard try await AccountDeletion.cancel(user.id, on: transaction) else { return }
            try await AuditEntry(.deletionCancelled, by: user.id, session: user.session, from: origin, at: now)
                .write(on: transaction)
        }
        return try await me(user)
    }
}

extension DeleteAccount {
    /// Removes what is the person's, and keeps a report of it: all in the transaction, so all of it once.
    package func erase(
        _ steps: [ErasureStep] = ErasureStep.all, at now: Timestamp, on transaction: JobTransaction
    ) async throws {
        guard try await User.lock(user, on: transaction) != nil,
            let wish = try await AccountDeletion.lock(user, on: transaction), !wish.isFinished
        else { throw JobOutcome.discard("the wish was taken back, or it is done") }
        // Taken back and uttered again: the later wish has a job of its own.
        guard wish.dueAt <= now else { throw JobOutcome.discard("it is not due yet") }
        var report: [String: JSONValue] = [
            "memberships": .number(try await leaveConversations(at: now, on: transaction))
        ]
        for step in steps { report[step.name] = .number(try await step.erase(user, transaction)) }
        try await AccountDeletion.finish(user, report: .object(report), at: now, on: transaction)
        try await AuditEntry(.deleted, by: nil, to: user, from: Origin(), at: now).write(on: transaction)
    }
}
