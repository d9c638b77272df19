import Queue
import Runtime

/// Decides who is told of what on which device.
package struct PushPlanning: Sendable {
    /// Members of a channel that are looked at together.
    private static let page = 500

    private let presence: PresenceBook
    private let clock: any WallClock

    package init(presence: PresenceBook, clock: any WallClock = SystemClock()) {
        self.presence = presence
        self.clock = clock
    }

    /// Raises the marks and owes the pushes in the transaction that ends the job, so that each happens once.
    package func plan(_ job: PlanPushes, on transaction: JobTransaction) async throws {
        if let channel = job.parts.first, channel.users.isEmpty {
            let users = try await PushPlan.followers(
                of: channel.conversation, after: job.after, limit: Self.page, on: transaction)
            if users.count == Self.page {
                try await transaction.enqueue(PlanPushes([channel], after: users.last))
            }
            return try await plan([PlanPushes.Part(conversation: channel.conversation, users: users)], on: transaction)
        }
        try await plan(job.parts, on: transaction)
    }

    private func plan(_ parts: [PlanPushes.Part], on transaction: JobTransaction) async throws {
        let there = try await presence.present(among: Array(Set(parts.flatMap(\.users))))
        let places = parts.flatMap { part in
            part.users.filter { !there.contains($0) }.map { (user: $0, conversation: part.conversation) }
        }
        guard !places.isEmpty else { return }
        let now = clock.now
        let plans = try await PushPlan.all(
            of: places.map(\.user), in: places.map(\.conversation), at: now, on: transaction
        ).filter { $0.isCalled || $0.quiet?.covers(now) != true }
        guard !plans.isEmpty else { return }
        let claimed = try await PushPlan.claim(plans, on: transaction)
        for isCalled in [true, false] {
            let pushes = plans.enumerated().filter { claimed.contains($0.offset) && $0.element.isCalled == isCalled }
                .flatMap { plan in
                    plan.element.devices.map {
                        SendPush(device: $0, conversation: plan.element.conversation, seq: plan.element.seq)
                    }
                }
            guard !pushes.isEmpty else { continue }
            try await transaction.enqueueAll(
                pushes,
                JobOptions(expiresAt: now + SendPush.lifetime, priority: isCalled ? .high : .normal))
        }
    }
}
