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
            let event = try await LocationNotice(message: id, standing, place: .object(members)).event(on: transaction)
            if let event { try await transaction.enqueue(TellMembers([event])) }
        }
    }
}

/// Tells in passing where somebody is, or that their place is shared no longer: it bears no rev.
private struct LocationNotice: JSONWritable {
    let message: ID<Message>
    let standing: MessageStanding
    /// What the message has besides its text.
    let place: JSONValue

    init(message: ID<Message>, _ standing: MessageStanding, place: JSONValue) {
        self.message = message
        self.standing = standing
        self.place = place
    }

    func write(json: inout JSONWriter) {
        json.object { json in
            json.member("messageId", message)
            json.member("conversationId", standing.conversation)
            json.member("senderId", standing.sender)
            for name: StaticString in ["latitude", "longitude", "movedAt", "until"] {
                json.member(name, ifPresent: place[name.description])
            }
        }
    }

    /// For those who see the message. Nil where nobody does.
    func event(on transaction: some SQLRunner) async throws -> ConversationEvent? {
        let found: (Int64, Int64, [ID<User>])? = try await transaction.first(
            """
            select c.audience, n.seq, blocked_by_members(c.id, n.sender_id) from messages n
            join conversations c on c.id = n.conversation_id
            where n.id = \(message) and n.withheld_from is null
            """)
        guard let (audience, seq, keptFrom) = found else { return nil }
        var event = ConversationEvent(standing.conversation, rev: 0, audience: audience)
        event.seq = seq
        event.keptFrom = keptFrom
        event.frame = EventFrame("location.updated", self).bytes
        return event
    }
}
