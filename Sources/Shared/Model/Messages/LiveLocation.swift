import JSON
import Postgres
import Queue
import Runtime

extension Conversations {
    /// Moves a place that its sender shares, or ends that. No rev is raised: who watches it is told in passing.
    package func moveLocation(
        _ id: ID<Message>, to place: (latitude: Double, longitude: Double)?, by user: SignedInUser
    ) async throws -> Message {
        try await changing(id, by: user) { standing, transaction in
            guard standing.sender == user.id else { throw Problem(.forbidden, "Only who shares it moves a place") }
            guard standing.kind == "live_location", case .object(var members)? = standing.metadata,
                let until = members["until"]?.string.flatMap({ Timestamp(rfc3339: $0) })
            else { throw Problem.invalid("latitude", .invalid, "belongs to no message of this type") }
            guard until > now else {
                if place == nil { return }
                throw Problem(.conflict, "This place is shared no longer")
            }
            if let place {
                members["latitude"] = JSONValue(place.latitude)
                members["longitude"] = JSONValue(place.longitude)
                members["movedAt"] = .string(now.rfc3339)
            } else {
                members["until"] = .string(now.rfc3339)
            }
            let body = JSONText(try JSONCoder.text(JSONValue.object(members)))
            try await transaction.run("update messages set body = \(body) where id = \(id)")
        }
    }
}
