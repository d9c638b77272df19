import JSON
import Postgres
import Runtime

extension ConversationEvent {
    /// The events with what stands in the conversations under their revs. What has changed again since stands under a later
    /// rev, and is told with that: such an event stays without a frame.
    static func read(_ events: [ConversationEvent], on sql: some SQLRunner) async throws -> [ConversationEvent] {
        let places = events.map { Place(conversation: $0.conversation, rev: $0.rev) }
        let messages = try await Message.standing(at: places, on: sql)
        let kept = try await Message.keptFrom(at: places, on: sql)
        let conversations = try await ConversationUpdate.standing(at: places, on: sql)
        return zip(events, places).map { event, place in
            var event = event
            if let message = messages[place], let kept = kept[place] {
                event.seq = message.seq
                event.keptFrom = kept
                event.frame = message.event(of: event.deed)
            } else if let update = conversations[place] {
                event.frame = EventFrame("conversation.updated", update).bytes
            }
            return event
        }
    }
}

/// One rev of one conversation.
struct Place: Hashable {
    let conversation: ID<Conversation>
    let rev: Int64
}

extension SQL {
    /// Joins `places p (conversation_id, rev)`.
    fileprivate static func places(_ places: [Place]) -> SQL {
        "unnest(\(places.map(\.conversation)), \(places.map(\.rev))) as p (conversation_id, rev)"
    }
}

extension Message {
    fileprivate static func standing(at places: [Place], on sql: some SQLRunner) async throws -> [Place: Message] {
        // As nobody sees them: whether a reaction is one's own is for each device to know.
        let nobody = ID<User>(UUID(high: 0, low: 0))
        let source: SQL = """
            \(SQL.places(places)) join messages n on n.conversation_id = p.conversation_id and n.rev = p.rev
            """
        let found: [Message] = try await sql.all(select(for: "\(nobody)::uuid", from: source))
        return Dictionary(found.map { (Place(conversation: $0.conversation, rev: $0.rev), $0) }) { first, _ in first }
    }

    /// Who sees nothing of them: they have blocked the sender, or deleted the message for themselves.
    fileprivate static func keptFrom(
        at places: [Place], on sql: some SQLRunner
    ) async throws -> [Place: [ID<User>]] {
        let rows: [(ID<Conversation>, Int64, [ID<User>])] = try await sql.all(
            """
            select p.conversation_id, p.rev,
                case when n.type <> 'system' then blocked_by_members(n.conversation_id, n.sender_id) end || array(
                    select h.user_id from hidden_messages h
                    where h.conversation_id = n.conversation_id and h.message_id = n.id
                ) || array_remove(array[n.withheld_from], null)
            from \(SQL.places(places))
            join messages n on n.conversation_id = p.conversation_id and n.rev = p.rev
            """)
        return Dictionary(rows.map { (Place(conversation: $0.0, rev: $0.1), $0.2) }) { first, _ in first }
    }

    /// What members hear of it as it stands.
    fileprivate func event(of deed: ReactionDeed?) -> [UInt8]? {
        let shown = withoutViewer
        if let deed {
            return EventFrame(
                deed.isThere ? "reaction.added" : "reaction.removed", ReactionNotice(deed: deed, message: shown)
            ).bytes
        }
        if deletedAt != nil { return EventFrame("message.deleted", shown).bytes }
        if let change = membershipEvent { return EventFrame(change, MembershipNotice(message: shown)).bytes }
        let isUntouched =
            editedAt == nil && pinnedAt == nil && reactions.isEmpty && tally == nil && metadata?["preview"] == nil
        return EventFrame(isUntouched ? "message.created" : "message.updated", shown).bytes
    }

    /// Of a message of the system, the name of what it says.
    private var membershipEvent: String? {
        guard kind == "system", case .object(let members)? = metadata, case .string(let name)? = members["event"]
        else { return nil }
        switch name {
        case MembershipEvent.added.rawValue, MembershipEvent.joined.rawValue: return "member.added"
        case MembershipEvent.removed.rawValue, MembershipEvent.left.rawValue: return "member.removed"
        case MembershipEvent.role.rawValue: return "member.updated"
        default: return nil
        }
    }
}

/// A reaction, with the message as it stands then.
private struct ReactionNotice: JSONWritable {
    let deed: ReactionDeed
    let message: Message

    func write(json: inout JSONWriter) {
        json.object { json in
            json.member("conversationId", message.conversation)
            json.member("rev", message.rev)
            json.member("userId", deed.user)
            json.member("emoji", deed.emoji)
            json.member("message", message)
        }
    }
}

/// A change of members, with the message of the system that says it.
private struct MembershipNotice: JSONWritable {
    let message: Message

    func write(json: inout JSONWriter) {
        json.object { json in
            json.member("conversationId", message.conversation)
            json.member("rev", message.rev)
            if case .object(let members)? = message.metadata { json.member("userIds", ifPresent: members["userIds"]) }
            json.member("message", message)
        }
    }
}

/// What stands in a conversation's own row.
private struct ConversationUpdate: RowDecodable, JSONWritable {
    let place: Place
    let title: String?
    let about: String?

    init(row: Row) throws(RowError) {
        place = Place(conversation: try row["id"], rev: try row["own_rev"])
        title = try row["title"]
        about = try row["about"]
    }

    static func standing(at places: [Place], on sql: some SQLRunner) async throws -> [Place: ConversationUpdate] {
        let found: [ConversationUpdate] = try await sql.all(
            """
            select c.id, c.own_rev, c.title, c.about
            from \(SQL.places(places))
            join conversations c on c.id = p.conversation_id and c.own_rev = p.rev
            """)
        return Dictionary(found.map { ($0.place, $0) }) { first, _ in first }
    }

    func write(json: inout JSONWriter) {
        json.object { json in
            json.member("conversationId", place.conversation)
            json.member("rev", place.rev)
            json.member("title", title)
            json.member("about", about)
        }
    }
}
