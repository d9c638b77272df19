import APIFrame
import HTTP
import Model
import Runtime

/// All sessions of one loop: sends them what happens, and once a second sees whose access token counts no more.
final class RealtimeLobby {
    private let tokens: any TokenCheck
    private let people: LocalPeople
    private let presence: PresenceKeeper
    private var lastNumber = 0
    private var sessions: [RealtimeSession] = []
    private var byUser: [ID<User>: [RealtimeSession]] = [:]
    private var watchers: [ID<User>: [RealtimeSession]] = [:]
    private var broadcasts = Broadcasts()
    private var isLooking = false

    init(tokens: any TokenCheck, people: LocalPeople, presence: PresenceKeeper) {
        self.tokens = tokens
        self.people = people
        self.presence = presence
    }

    func enter(_ session: RealtimeSession, on domain: isolated LoopDomain) {
        lastNumber += 1
        session.number = lastNumber
        session.seat = sessions.count
        sessions.append(session)
        byUser[session.token.user, default: []].append(session)
        if people.enter(session.token.user) { presence.entered(session.token.user) }
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
        watch([], by: session)
        if people.leave(user) { presence.left(user) }
    }

    /// From now on the session hears of these people, and of no others.
    func watch(_ users: [ID<User>], by session: RealtimeSession) {
        for user in session.watched {
            watchers[user]?.removeAll { $0 === session }
            if watchers[user]?.isEmpty == true { watchers[user] = nil }
        }
        session.watched = session.seat == nil ? [] : users
        for user in session.watched { watchers[user, default: []].append(session) }
    }

    /// What came of a command, if its socket is still there.
    static func answer(
        _ lobby: LoopBound<RealtimeLobby>, _ user: ID<User>, _ number: Int, _ id: String?,
        _ result: Result<RealtimeCommands.Outcome, Problem>, on domain: isolated LoopDomain
    ) async {
        let session = lobby.value(on: domain).byUser[user]?.first { $0.number == number }
        session?.finish(id, result, on: domain)
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
        if let frame = outgoing.frame { send(frame, outgoing, to: told, on: domain) }
        if let frame = outgoing.passedFrame { send(frame, outgoing, to: passed, on: domain) }
        guard let watched = outgoing.watched, let frame = outgoing.frame else { return }
        for session in watchers[watched] ?? []
        where !told.contains(session.token.user) && !outgoing.passed.contains(session.token.user) {
            session.send(frame, isDroppable: outgoing.isDroppable, on: domain)
        }
    }

    private func send(
        _ frame: SharedFrame, _ outgoing: Outgoing, to people: ArraySlice<ID<User>>, on domain: isolated LoopDomain
    ) {
        for user in people {
            guard let sessions = byUser[user] else { continue }
            for session in sessions {
                session.send(frame, isDroppable: outgoing.isDroppable, on: domain)
                if outgoing.rev > 0, let conversation = outgoing.conversation {
                    session.note(conversation, outgoing.rev)
                }
            }
        }
    }

    func send(_ frame: SharedFrame, to user: ID<User>, on domain: isolated LoopDomain) {
        for session in byUser[user] ?? [] { session.send(frame, on: domain) }
    }

    private static let syncFrame = SharedFrame(.text, [UInt8](#"{"type":"sync.required","data":{}}"#.utf8))

    /// Something may have been missed.
    func requireSync(on domain: isolated LoopDomain) {
        // Closing a slow one changes the list.
        for session in Array(sessions) { session.send(Self.syncFrame, on: domain) }
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
