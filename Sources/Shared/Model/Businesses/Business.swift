import Runtime

/// An account that others write to as customers, and who answers them.
package struct Business: Sendable {
    package let id: ID<User>
    package let name: String
    /// Said to whoever opens a conversation.
    package let greeting: String?
    /// Said to whoever writes while it is closed.
    package let awayText: String?
    package let timeZone: String
    /// Without any it is always open.
    package var hours: [OpeningHours]

    package init(
        id: ID<User>, name: String, greeting: String?, awayText: String?, timeZone: String, hours: [OpeningHours]
    ) {
        self.id = id
        self.name = name
        self.greeting = greeting
        self.awayText = awayText
        self.timeZone = timeZone
        self.hours = hours
    }

    package static let mostAgents = 50
}

/// A span of a weekday, in minutes of the local day. Monday is 1.
package struct OpeningHours: Sendable, Equatable {
    package let weekday: Int
    package let opens: Int
    package let closes: Int

    package init(weekday: Int, opens: Int, closes: Int) {
        self.weekday = weekday
        self.opens = opens
        self.closes = closes
    }
}

/// Somebody who answers for a business.
package struct BusinessAgent: Sendable {
    package let user: ID<User>
    package let username: String?
    package let displayName: String
    package let addedAt: Timestamp
}
