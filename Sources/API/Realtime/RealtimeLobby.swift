import APIFrame
import HTTP
import Model
import Runtime

/// All sessions of one loop: sends them what happens, and once a second sees whose access token counts no more.
final class RealtimeLobby {
    private let tokens: any TokenCheck
    private let people: LocalPeople
    private var sessions: [RealtimeSession] = []
    private var byUser: [ID<User>: [RealtimeSession]] = [:]
    private var broadcasts = Broadcasts()
    private var isLooking = false

    init(tokens: any TokenCheck, people: LocalPeople) {
        self.tokens = tokens
        self.people = people
    }

    func enter(_ session: RealtimeSession, on domain: isolated LoopDomain) {
        session.seat = sessions.count
        sessions.append(session)
        byUser[session.token.user, default: []].append(session)
        _ = people.enter(session.token.user)
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
        let user = session.token.user
        byUser[user]?.removeAll { $0 === session }
        if byUser[user]?.isEmpty == true { byUser[user] = nil }
        _ = people.leave(user)
    }

    // MARK: Events

    /// In their order; what goes to very many is sent in pieces, between which others have their turn.
    func deliver(_ batch: [Outgoing], on domain: isolated LoopDomain) {
        guard !sessions.isEmpty else { return }
        for outgoing in batch {
            guard !broadcasts.mustWait(outgoing) else {
                let isFirst = broadcasts.isEmpty
                broadcasts.append(outgoing)
                if isFirst { broadcastLater(on: domain) }
                continue
            }
            send(outgoing, to: outgoing.told[...], passed: outgoing.passed[...], on: domain)
        }
    }

    private func broadcastLater(on domain: isolated LoopDomain) {
        domain.schedule(after: .zero) {
            guard let next = self.broadcasts.next() else { return }
            self.send(next.outgoing, to: next.told, passed: next.passed, on: domain)
            if !self.broadcasts.isEmpty { self.broadcastLater(on: domain) }
        }
    }

    private func send(
        _ outgoing: Outgoing, to told: ArraySlice<ID<User>>, passed: ArraySlice<ID<User>>,
        on domain: isolated LoopDomain
    ) {
        if let frame = outgoing.frame {
            send(frame, to: told, isDroppable: outgoing.isDroppable, on: domain)
        }
        if let frame = outgoing.passedFrame { send(frame, to: passed, isDroppable: false, on: domain) }
    }

    private func send(
        _ frame: SharedFrame, to people: ArraySlice<ID<User>>, isDroppable: Bool, on domain: isolated LoopDomain
    ) {
        for user in people {
            guard let sessions = byUser[user] else { continue }
            for session in sessions { session.send(frame, isDroppable: isDroppable, on: domain) }
        }
    }

    private static let syncFrame = SharedFrame(.text, [UInt8](#"{"type":"sync.required","data":{}}"#.utf8))

    /// Something may have been missed.
    func requireSync(on domain: isolated LoopDomain) {
        // Closing a slow one changes the list.
        for session in Array(sessions) { session.send(Self.syncFrame, isDroppable: false, on: domain) }
    }

    // MARK: Tokens

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
