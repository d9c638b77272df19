import JSON
import Postgres
import Queue
import Runtime

/// Tells a channel how people have voted on a message there, and answered it with emoji: once for all of a while, for thousands
/// may do so at once.
package struct PublishCounts: Job, Codable, Equatable {
    package static let kind = "message.publish_counts"
    package static let queue = QueueName.fanout
    package let message: ID<Message>

    private static let interval: Duration = .seconds(2)

    /// With whatever else is counted until then.
    func gather(on transaction: JobTransaction) async throws {
        try await transaction.enqueue(self, after: Self.interval, unique: .untilStarted("counts:\(message)"))
    }
}

extension Conversations {
    /// Whatever was counted until now is in it.
    package func publishCounts(of id: ID<Message>) async throws {
        try await telling { transaction in
            guard let place = try await MessagePlace.lock(id, on: transaction) else {
                throw JobOutcome.discard("the message is gone")
            }
            try await place.touch(on: transaction)
            return ((), place.mark)
        }
    }
}
