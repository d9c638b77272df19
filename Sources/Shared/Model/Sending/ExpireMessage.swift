import JSON
import Postgres
import Queue
import Runtime

/// Deletes a message for all when its time is over.
package struct ExpireMessage: Job, Codable, Equatable {
    package static let kind = "message.expire"
    package static let queue = QueueName.fanout
    package let message: ID<Message>
}

extension Conversations {
    /// What is not there, or gone already, has nothing to delete: so a second run does no harm. Where all have left, nobody
    /// is told, but those who were there read it no longer than was said.
    package func expire(_ id: ID<Message>) async throws {
        try await telling { transaction in
            guard let place = try await MessagePlace.lock(id, evenIfEnded: true, on: transaction) else {
                throw JobOutcome.discard("the message is gone, or was never sent")
            }
            let end: String? = try await transaction.first(
                "select coalesce(body ->> 'expiresAt', '') from messages where id = \(id)")
            guard let end = end.flatMap({ Timestamp(rfc3339: $0) }) else {
                throw JobOutcome.discard("the message is to stay")
            }
            guard end <= now else { throw JobOutcome.snooze(end - now) }
            try await place.delete(at: now, on: transaction)
            return ((), place.mark)
        }
    }
}
