import Runtime

/// An event on its way to the processes that hold sockets: what is written, and to whom.
package struct Delivery: Sendable, Equatable {
    /// Whose sockets get it.
    package enum Recipients: Sendable, Equatable {
        case people([ID<User>])
        /// Whoever follows the channel and has a socket: each process finds out for its own. Those who joined before the
        /// audience had this version are known to it.
        case followers(audience: Int64, seq: Int64, keptFrom: [ID<User>])
    }

    /// Nil for what happened in none.
    package let conversation: ID<Conversation>?
    /// 0 for what bears none.
    package let rev: Int64
    package let recipients: Recipients
    /// They learn that the rev has passed; of what bears none they hear nothing, also where they watch.
    package var passed: [ID<User>] = []
    /// A JSON object; empty where there is nothing to say but that the rev has passed.
    package let frame: [UInt8]
    /// What a slow client can do without.
    package var isDroppable = false
    /// Those who have asked to hear of this person get it too.
    package var watched: ID<User>?

    package init(
        _ conversation: ID<Conversation>?, rev: Int64 = 0, to recipients: Recipients, passed: [ID<User>] = [],
        _ frame: [UInt8], isDroppable: Bool = false, watched: ID<User>? = nil
    ) {
        self.conversation = conversation
        self.rev = rev
        self.recipients = recipients
        self.passed = passed
        self.frame = frame
        self.isDroppable = isDroppable
        self.watched = watched
    }
}
