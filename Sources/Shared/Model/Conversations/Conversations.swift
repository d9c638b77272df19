import Postgres
import Queue
import Runtime

/// What people do with conversations: each action is an extension in a file of its own.
package struct Conversations: Sendable {
    package let database: Database
    let limits: MessageLimits
    let clock: any WallClock

    var now: Timestamp { clock.now }

    package init(database: Database, limits: MessageLimits = MessageLimits(), clock: any WallClock = SystemClock()) {
        self.database = database
        self.limits = limits
        self.clock = clock
    }
}
