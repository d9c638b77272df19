import JSON
import Postgres
import Queue
import Runtime

extension Payments {
    /// As it is now, whatever the row says of an earlier time.
    package func subscription(of user: SignedInUser) async throws -> Subscription {
        let kept = try await Subscription.find(of: user.id, on: database) ?? .none
        let grants = try await Grant.all(of: user.id, at: now - .days(400), on: database)
        return Subscription(from: grants, cancelsAtEnd: kept.cancelsAtEnd, grace: config.grace, at: now)
    }

    /// What is paid for stays until its end; nothing is kept up after it.
    package func cancel(of user: SignedInUser) async throws -> Subscription {
        try await durable.transaction { transaction in
            let before = try await Subscription.lock(of: user.id, at: now, on: transaction)
            guard before.status.isEntitled, before.periodEnd != nil else {
                throw Problem(.conflict, "There is no subscription that could be cancelled")
            }
            try await refresh(before, cancelsAtEnd: true, of: user.id, on: transaction)
        }
        return try await subscription(of: user)
    }

    /// A plan for some days, once for each person and plan, for those who have not had it.
    package func tryOut(_ plan: String, by user: SignedInUser) async throws -> Subscription {
        guard let person = try await User.find(user.id, at: now, on: database), person.isVerified else {
            throw Problem(.emailUnverified, "Prove your address before you try a plan")
        }
        try await durable.transaction { transaction in
            let now = now
            let before = try await Subscription.lock(of: user.id, at: now, on: transaction)
            let days: Int32? = try await transaction.first(
                "select trial_days from plans where id = \(plan) and is_offered and trial_days > 0")
            guard let days else { throw Problem.invalid("planId", .invalid, "cannot be tried out") }
            let hadIt: Bool = try await transaction.one(
                "select exists (select from membership_grants where user_id = \(user.id) and plan_id = \(plan))")
            let id = ID<Grant>.new()
            guard !hadIt,
                try await Grant.insert(
                    id, of: user.id, plan: plan, .trial, for: nil, now, now + .days(Int(days)), at: now,
                    on: transaction)
            else { throw Problem(.conflict, "You have had this plan already") }
            try await refresh(before, cancelsAtEnd: false, of: user.id, on: transaction)
        }
        return try await subscription(of: user)
    }
}
