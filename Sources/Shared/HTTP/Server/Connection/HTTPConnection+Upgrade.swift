import Runtime

extension HTTPConnection {
    /// Sends the 101; the connection leaves HTTP as soon as nothing of it reads any more.
    func begin(
        _ upgrade: any ConnectionUpgrade, _ response: Response, for client: IPAddress?, on domain: isolated LoopDomain
    ) {
        guard exchange?.isVersion11 == true, case .held = input, response.status == 101 else {
            return refuseUpgrade(400, response, client, on: domain)
        }
        // From now on it is one client's alone: where a proxy has named it, it is that client that has one more.
        guard !peer.isTrusted || shard.readmit(self, as: Peer(client, shard.options)) else {
            shard.meters.turnedAway()
            return refuseUpgrade(429, response, client, on: domain)
        }
        let date = shard.date.line(at: domain.now)
        stream.write(on: domain) { $0.append(headOf: response, date: date, .absent, .upgrade) }
        exchange = nil
        input = .upgrading(upgrade)
        guard !isReading else { return }
        stream.offerRest(on: domain)
        if case .upgrading = input {
            takeOver(upgrade, early: UnsafeRawBufferPointer(start: nil, count: 0), on: domain)
        }
    }

    private func refuseUpgrade(
        _ status: Int, _ unsent: Response, _ client: IPAddress?, on domain: isolated LoopDomain
    ) {
        exchange?.keepsAlive = false
        let response = shard.answer(status, to: client, insteadOf: unsent.headers)
        write(response, response.bytesAtHand, on: domain)
    }

    /// `early` is what the client sent on already.
    func takeOver(
        _ upgrade: any ConnectionUpgrade, early: UnsafeRawBufferPointer, on domain: isolated LoopDomain
    ) {
        input = .dropped
        guard let place = shard.handOver(self, on: domain) else { return }
        stream.setReadingPaused(false, on: domain)
        place.handler = upgrade.takeOver(stream, early: early, on: domain)
        stream.handOver(to: place, on: domain)
    }
}

/// Stands between a connection that has left HTTP and who speaks on it, and gives its place back at the end: an address has
/// so many connections, whatever they speak.
final class UpgradedPlace: StreamHandler {
    fileprivate(set) var handler: (any StreamHandler)?
    private let peer: Peer
    private let admission: Admission

    init(of peer: Peer, in admission: Admission) {
        self.peer = peer
        self.admission = admission
    }

    func received(
        _ bytes: UnsafeRawBufferPointer, from connection: StreamConnection, on domain: isolated LoopDomain
    ) -> Int {
        handler?.received(bytes, from: connection, on: domain) ?? bytes.count
    }

    func drained(_ connection: StreamConnection, on domain: isolated LoopDomain) {
        handler?.drained(connection, on: domain)
    }

    func staysAfterPeerEnded(_ connection: StreamConnection, on domain: isolated LoopDomain) -> Bool {
        handler?.staysAfterPeerEnded(connection, on: domain) ?? false
    }

    func closed(_ connection: StreamConnection, because error: (any Error)?, on domain: isolated LoopDomain) {
        admission.leave(peer)
        handler?.closed(connection, because: error, on: domain)
        handler = nil
    }
}
