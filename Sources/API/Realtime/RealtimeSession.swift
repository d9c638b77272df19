import APIFrame
import HTTP
import JSON
import Model
import Runtime

/// One device's socket, from its upgrade to its end. It belongs to its loop.
final class RealtimeSession: WebSocketHandler {
    let token: AccessToken
    private let lobby: LoopBound<RealtimeLobby>
    private var allowance: MessageAllowance
    private var socket: WebSocket?
    /// Where it is in the lobby.
    var seat: Int?

    init(_ token: AccessToken, _ options: RealtimeOptions, in lobby: LoopBound<RealtimeLobby>) {
        self.token = token
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

    func send(_ frame: SharedFrame, isDroppable: Bool, on domain: isolated LoopDomain) {
        socket?.send(frame, isDroppable: isDroppable, on: domain)
    }

    // MARK: Messages

    func received(_ message: WebSocketMessage, from socket: WebSocket, on domain: isolated LoopDomain) {
        guard allowance.take(at: domain.now) else {
            return socket.close(.tooFast, "too many messages", on: domain)
        }
        guard message.kind == .text else { return socket.close(.unsupported, "only text is spoken", on: domain) }
        do throws(JSONError) {
            let message = try JSONCoder.decode(RealtimeMessage.self, from: message.bytes)
            answer(message, on: socket, domain)
        } catch {
            refuse(Problem(error), nil, on: socket, domain)
        }
    }

    private func answer(_ message: RealtimeMessage, on socket: WebSocket, _ domain: isolated LoopDomain) {
        switch message.type {
        case "ping":
            guard let id = message.id, let reply = try? RealtimeReply.ok(to: id) else { return }
            socket.send(SharedFrame(.text, reply), on: domain)
        default:
            refuse(.invalid("type", .unknownValue, "there is no such message"), message.id, on: socket, domain)
        }
    }

    private func refuse(_ problem: Problem, _ id: String?, on socket: WebSocket, _ domain: isolated LoopDomain) {
        let document = problem.document(
            instance: RealtimeRoutes.path, requestID: RequestID.new().description)
        guard let reply = try? RealtimeReply.error(document, to: id) else { return }
        socket.send(SharedFrame(.text, reply), on: domain)
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
