import APIFrame
import HTTP
import JSON
import Model
import Runtime

/// The conversation that a command is about.
struct CommandTarget: RouteInput {
    let conversation: ID<Conversation>
    init(from input: inout InputReader) { conversation = input.read("conversationId", .id()) }
}

/// How far somebody has got in a conversation.
struct MarkCommand: RouteInput {
    let conversation: ID<Conversation>
    let seq: Int64

    init(from input: inout InputReader) {
        conversation = input.read("conversationId", .id())
        seq = input.read("seq", .integer(0...Int64.max))
    }
}

struct PresenceCommand: RouteInput {
    enum Choice: String, Sendable, CaseIterable { case online, away, busy }

    let choice: Choice
    init(from input: inout InputReader) { choice = input.read("availability", .choice()) }

    var availability: Presence.Availability {
        switch choice {
        case .online: .online
        case .away: .away
        case .busy: .busy
        }
    }
}

struct WatchCommand: RouteInput {
    static let most = 200

    let users: [ID<User>]
    init(from input: inout InputReader) { users = input.read("userIds", .list(of: .id(of: User.self), 0...Self.most)) }
}

/// Where the sender of a live location is now.
struct LocationCommand: RouteInput {
    let message: ID<Message>
    let latitude: Double
    let longitude: Double

    init(from input: inout InputReader) {
        message = input.read("messageId", .id())
        latitude = input.read("latitude", .number(-90...90))
        longitude = input.read("longitude", .number(-180...180))
    }
}

extension PresenceCommand.Choice: SchemaBearing {}

extension RealtimeMessage {
    /// Reads `data`. `names` stand in for the parts of a path.
    func read<Input: RouteInput>(
        with plan: InputPlan, path: [(String, String)] = []
    ) throws(InputFault) -> Input {
        let source = InputSource(
            names: path.map(\.0), values: path.map { Substring($0.1) }, query: QueryParameters(),
            headers: RequestHeaders(HTTPHeaders()))
        do {
            return try data.withUnsafeBytes { try Input.read(source, body: $0, plan) }
        } catch let fault as InputFault {
            throw fault
        } catch {
            throw .nowhere
        }
    }
}
