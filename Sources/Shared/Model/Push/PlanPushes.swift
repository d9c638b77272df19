import JSON
import Queue
import Runtime

/// Finds out which devices of people who are not there are to be told of new messages. What there is to tell is read when it runs.
package struct PlanPushes: Job, Codable, Equatable {
    package static let kind = "push.plan"
    package static var queue: QueueName { .push }
    package static var priority: Priority { .high }
    package static var retry: RetryPolicy { .exponential(attempts: 30, base: .seconds(1), cap: .minutes(10)) }

    /// Members of a conversation; none: all of those of a channel.
    package struct Part: Codable, Equatable, Sendable {
        let conversation: ID<Conversation>
        let users: [ID<User>]
    }

    /// A payload above 8 KiB would lie apart.
    private static let mostUsers = 150

    let parts: [Part]
    /// Of a channel: those up to here have had their turn.
    let after: ID<User>?

    init(_ parts: [Part], after: ID<User>? = nil) {
        self.parts = parts
        self.after = after
    }

    /// As many as it takes. Each channel has one of its own.
    static func jobs(_ parts: [Part]) -> [PlanPushes] {
        var jobs = parts.filter(\.users.isEmpty).map { PlanPushes([$0]) }
        var gathered: [Part] = []
        var count = 0
        for part in parts where !part.users.isEmpty {
            if count + part.users.count + 1 > mostUsers, !gathered.isEmpty {
                jobs.append(PlanPushes(gathered))
                (gathered, count) = ([], 0)
            }
            gathered.append(part)
            count += part.users.count + 1
        }
        if !gathered.isEmpty { jobs.append(PlanPushes(gathered)) }
        return jobs
    }
}

/// Tells one device of what is new in a conversation.
package struct SendPush: Job, Codable, Equatable {
    package static let kind = "push.send"
    package static var queue: QueueName { .push }
    package static var retry: RetryPolicy { .exponential(attempts: 12, base: .seconds(5), cap: .minutes(30)) }
    /// What was not told within a day is no news.
    static let lifetime = Duration.days(1)

    package let device: ID<Device>
    package let conversation: ID<Conversation>
    /// Of the latest message there was. A later one is shown in its place.
    package let seq: Int64

    package init(device: ID<Device>, conversation: ID<Conversation>, seq: Int64) {
        self.device = device
        self.conversation = conversation
        self.seq = seq
    }
}
