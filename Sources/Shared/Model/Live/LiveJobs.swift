import JSON
import Queue
import Runtime

/// What is told only as long as it is news: nobody owes it, and what is late is dropped.
protocol LiveJob: Job, Equatable {}

extension LiveJob {
    package static var queue: QueueName { .fanout }
    package static var priority: Priority { .high }
    package static var retry: RetryPolicy { .fixed(attempts: 3, every: .milliseconds(250)) }
}

/// Somebody has begun to type, or has stopped.
package struct TellTyping: LiveJob, Codable {
    package static let kind = "live.typing"
    /// Clients take whoever has not been heard of for so long as not typing any more.
    package static let lifetime = Duration.seconds(6)

    let conversation: ID<Conversation>
    let user: ID<User>
    let isTyping: Bool

    package init(_ user: ID<User>, isTyping: Bool, in conversation: ID<Conversation>) {
        self.conversation = conversation
        self.user = user
        self.isTyping = isTyping
    }
}

/// Up to where members have got and read what was said.
package struct TellReceipts: LiveJob, Codable {
    package static let kind = "live.receipts"
    package let receipts: [Receipt]

    package init(_ receipts: [Receipt]) { self.receipts = receipts }
}

/// People whose first socket has opened or whose last has closed, or who have set how available they are.
package struct TellPresence: LiveJob, Codable {
    package static let kind = "live.presence"
    package let users: [ID<User>]

    package init(_ users: [ID<User>]) { self.users = users }
}

/// Somebody whose presence others may know no longer: to them they are offline from now on.
package struct HidePresence: Job, Codable, Equatable {
    package static let kind = "live.presence_hidden"
    package static var queue: QueueName { .fanout }
    let user: ID<User>
    /// Nil: from everybody.
    let from: ID<User>?

    package init(_ user: ID<User>, from other: ID<User>? = nil) {
        self.user = user
        from = other
    }
}
