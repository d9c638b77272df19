import APIFrame
import HTTP
import JSON
import Model
import Runtime

/// One device's socket, from its upgrade to its end. It belongs to its loop.
final class RealtimeSession: WebSocketHandler {
    /// A client that asks for more at once is not read until some of it is done.
    private static let mostAtOnce = 64

    let token: AccessToken
    private let commands: RealtimeCommands
    private let lobby: LoopBound<RealtimeLobby>
    private var allowance: MessageAllowance
    private var socket: WebSocket?
    private var running = 0
    /// Whom it hears of.
    var watched: [ID<User>] = []
    /// The conversations of which something was sent since the last ping, with its rev.
    private var heads: [ID<Conversation>: Int64] = [:]
    /// Where it is in the lobby.
    var seat: Int?
    /// Tells it from others of the same loop, for as long as the process lives.
    var number = 0

    init(
        _ token: AccessToken, _ options: RealtimeOptions, _ commands: RealtimeCommands,
        in lobby: LoopBound<RealtimeLobby>
    ) {
        self.token = token
        self.commands = commands
        self.lobby = lobby
        allowance = MessageAllowance(perSecond: options.messagesPerSecond)
    }

    func opened(_ socket: WebSocket, on domain: isolated LoopDomain) {
        self.socket = socket
        lobby.value(on: domain).enter(self, on: domain)
    }

    func closed(_ socket: WebSocket, with code: CloseCode, on domain: isolated LoopDomain) {
        self.socket = nil
        lobby.value(on: domain).leave(self)
    }

    func close(_ code: CloseCode, _ reason: String, on domain: isolated LoopDomain) {
        socket?.close(code, reason, on: domain)
    }

    // MARK: Events

    func send(_ frame: SharedFrame, isDroppable: Bool = false, on domain: isolated LoopDomain) {
        socket?.send(frame, isDroppable: isDroppable, on: domain)
    }

    func note(_ conversation: ID<Conversation>, _ rev: Int64) { heads[conversation] = rev }

    /// The client compares what it has with what was sent.
    func pinging(_ socket: WebSocket, on domain: isolated LoopDomain) {
        guard !heads.isEmpty else { return }
        let notice = HeadsNotice(heads: exchange(&heads, with: [:]))
        if let frame = EventFrame("heads", notice).bytes { socket.send(.text, frame, on: domain) }
    }

    // MARK: Commands

    func received(_ message: WebSocketMessage, from socket: WebSocket, on domain: isolated LoopDomain) {
        guard allowance.take(at: domain.now) else {
            return socket.close(.tooFast, "too many messages", on: domain)
        }
        guard message.kind == .text else { return socket.close(.unsupported, "only text is spoken", on: domain) }
        do throws(JSONError) {
            begin(try JSONCoder.decode(RealtimeMessage.self, from: message.bytes), on: domain)
        } catch {
            refuse(Problem(error), nil, on: domain)
        }
    }

    /// Commands are begun in the order in which they came, and answered when they are done.
    private func begin(_ message: RealtimeMessage, on domain: isolated LoopDomain) {
        running += 1
        if running == Self.mostAtOnce { socket?.setPaused(true, on: domain) }
        let (commands, token, lobby, number) = (commands, token, lobby, number)
        domain.loop.spawnImmediately {
            let result: Result<RealtimeCommands.Outcome, Problem>
            do { result = .success(try await commands.run(message, by: token)) } catch {
                result = .failure(commands.problem(of: error))
            }
            await RealtimeLobby.answer(lobby, token.user, number, message.id, result, on: lobby.loop.domain)
        }
    }

    func finish(
        _ id: String?, _ result: Result<RealtimeCommands.Outcome, Problem>, on domain: isolated LoopDomain
    ) {
        running -= 1
        if running == Self.mostAtOnce - 1 { socket?.setPaused(false, on: domain) }
        switch result {
        case .success(let outcome):
            if let watched = outcome.watched { lobby.value(on: domain).watch(watched, by: self) }
            guard let id, let reply = try? RealtimeReply.ok(outcome.content, to: id) else { return }
            socket?.send(.text, reply, on: domain)
        case .failure(let problem): refuse(problem, id, on: domain)
        }
    }

    private func refuse(_ problem: Problem, _ id: String?, on domain: isolated LoopDomain) {
        let document = problem.document(
            instance: RealtimeRoutes.path, requestID: RequestID.new().description)
        guard let reply = try? RealtimeReply.error(document, to: id) else { return }
        socket?.send(.text, reply, on: domain)
    }
}

/// Up to where conversations have got.
private struct HeadsNotice: JSONWritable {
    let heads: [ID<Conversation>: Int64]

    func write(json: inout JSONWriter) {
        json.object { json in
            for (conversation, rev) in heads {
                json.key(conversation.description)
                json.value(rev)
            }
        }
    }
}

extension CloseCode {
    /// As HTTP's 401: the access token has expired, or its session was ended.
    static let unauthenticated = CloseCode(rawValue: 4401)
    /// As HTTP's 429.
    static let tooFast = CloseCode(rawValue: 4429)
}

extension Problem {
    fileprivate init(_ error: JSONError) {
        self = Problem(error.isMalformed ? .malformedBody : .validationFailed)
        errors = error.problems
    }
}
