import APIFrame
import HTTP
import JSON
import Model
import Queue
import Runtime

/// What a client can ask for over its socket.
struct RealtimeCommands: Sendable {
    /// What comes of it.
    struct Outcome: Sendable {
        /// The data of the answer.
        var content: any JSONWritable & Sendable = NothingToSay()
        /// Whom the socket hears of from now on.
        var watched: [ID<User>]?
    }

    private struct Plans {
        let target = CommandTarget.plan
        let message = MessageInput.plan
        let mark = MarkCommand.plan
        let presence = PresenceCommand.plan
        let watch = WatchCommand.plan
        let location = LocationCommand.plan
    }

    private let sending: Sending
    private let receipts: ReceiptWriter
    private let presence: PresenceKeeper
    private let plans = Plans()
    private let log: Logger

    init(_ parts: RealtimeParts, presence: PresenceKeeper, log: Logger) {
        sending = parts.sending
        receipts = parts.receipts
        self.presence = presence
        self.log = log.part("realtime")
    }

    /// What to tell of an error; what is our fault stands in the log.
    func problem(of error: any Error) -> Problem {
        let problem = Problem(error)
        if problem.code == .internalError { log.error("a command failed", ["error": .error(error)]) }
        return problem
    }

    func run(_ message: RealtimeMessage, by token: AccessToken) async throws -> Outcome {
        switch message.type {
        case "ping": return Outcome()
        case "message.send": return try await send(message, by: token.user)
        case "typing.start": return try await type(message, true, by: token.user)
        case "typing.stop": return try await type(message, false, by: token.user)
        case "receipt.delivered":
            let mark: MarkCommand = try message.read(with: plans.mark)
            return try await report(.init(token.user, in: mark.conversation, delivered: mark.seq))
        case "receipt.read":
            let mark: MarkCommand = try message.read(with: plans.mark)
            return try await report(.init(token.user, in: mark.conversation, read: mark.seq))
        case "location.update": return try await move(message, by: token)
        case "presence.set":
            let input: PresenceCommand = try message.read(with: plans.presence)
            try await presence.set(input.availability, of: token.user)
            return Outcome()
        case "presence.subscribe":
            let input: WatchCommand = try message.read(with: plans.watch)
            let found = try await presence.look(at: input.users, for: token.user)
            return Outcome(content: PresenceList(items: found), watched: found.map(\.user))
        default: throw Problem.invalid("type", .unknownValue, "there is no such message")
        }
    }

    private func send(_ message: RealtimeMessage, by user: ID<User>) async throws -> Outcome {
        let target: CommandTarget = try message.read(with: plans.target)
        let input: MessageInput = try message.read(
            with: plans.message, path: [("id", target.conversation.description)])
        let new = try input.message(by: user)
        guard let time = input.sendAt else { return Outcome(content: try await sending.send(new)) }
        return switch try await sending.schedule(new, at: time) {
        case .scheduled(let scheduled): Outcome(content: scheduled)
        case .sent(let message): Outcome(content: message)
        }
    }

    private func type(_ message: RealtimeMessage, _ isTyping: Bool, by user: ID<User>) async throws -> Outcome {
        let target: CommandTarget = try message.read(with: plans.target)
        try await sending.conversations.type(isTyping, in: target.conversation, by: user)
        return Outcome()
    }

    private func move(_ message: RealtimeMessage, by token: AccessToken) async throws -> Outcome {
        let input: LocationCommand = try message.read(with: plans.location)
        _ = try await sending.conversations.moveLocation(
            input.message, to: (input.latitude, input.longitude), by: SignedInUser(token))
        return Outcome()
    }

    private func report(_ report: ReceiptWriter.Report) async throws -> Outcome {
        try await receipts.mark(report)
        return Outcome()
    }
}

/// What the socket's commands and events stand on.
package struct RealtimeParts: Sendable {
    let sending: Sending
    let receipts: ReceiptWriter
    let queue: QueueClient
    let presence: PresenceBook
    var conversations: Conversations { sending.conversations }

    package init(sending: Sending, receipts: ReceiptWriter, queue: QueueClient, presence: PresenceBook) {
        self.sending = sending
        self.receipts = receipts
        self.queue = queue
        self.presence = presence
    }
}

struct NothingToSay: JSONWritable, Sendable {
    func write(json: inout JSONWriter) { json.object { _ in } }
}

private struct PresenceList: JSONWritable {
    let items: [Presence]
    func write(json: inout JSONWriter) { json.object { $0.member("data", items) } }
}
