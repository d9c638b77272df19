import APIFrame
import HTTP
import Runtime

/// All sessions of one loop. Once a second it sees whose access token counts no more.
final class RealtimeLobby {
    private let tokens: any TokenCheck
    private var sessions: [RealtimeSession] = []
    private var isLooking = false

    init(tokens: any TokenCheck) {
        self.tokens = tokens
    }

    func enter(_ session: RealtimeSession, on domain: isolated LoopDomain) {
        session.seat = sessions.count
        sessions.append(session)
        lookLater(on: domain)
    }

    /// The last one takes the free seat.
    func leave(_ session: RealtimeSession) {
        guard let seat = session.seat, let last = sessions.popLast() else { return }
        session.seat = nil
        if last !== session {
            sessions[seat] = last
            last.seat = seat
        }
    }

    private func lookLater(on domain: isolated LoopDomain) {
        guard !isLooking else { return }
        isLooking = true
        domain.schedule(after: .seconds(1)) { self.look(on: domain) }
    }

    private func look(on domain: isolated LoopDomain) {
        isLooking = false
        let now = Timestamp.now
        // Gathered first: whoever is closed leaves.
        for session in sessions.filter({ !isGood($0.token, at: now) }) {
            session.close(.unauthenticated, "the access token counts no more", on: domain)
        }
        if !sessions.isEmpty { lookLater(on: domain) }
    }

    private func isGood(_ token: AccessToken, at now: Timestamp) -> Bool {
        now < token.expiresAt && tokens.isRevoked(token) != true
    }
}
