import BenchSupport
import Runtime

/// The load on one server: a WebSocket for each person, and connections over which messages are posted. Belongs to its loop.
final class ChatDriver {
    private let crowd: Crowd
    private let server: SocketAddress
    let ledger: Ledger
    private var receivers: [Receiver] = []
    private var posters: [Poster] = []
    private var idle: [Poster] = []
    private var plan: Plan?
    private var random: UInt64 = 0x9E37_79B9_7F4A_7C15

    private enum Plan {
        /// So many messages are under way at any time.
        case closed(Int)
        /// One in each interval, whatever becomes of the others; the next is due then. What is due by the end is sent
        /// also after it, so that a server that is behind is not excused.
        case open(every: Duration, next: MonotonicTime, end: MonotonicTime?)
    }

    private static let posterCount = 128

    init(_ crowd: Crowd, port: UInt16, firstNumber: Int) throws {
        self.crowd = crowd
        server = try SocketAddress(numericHost: "127.0.0.1", port: port)
        ledger = Ledger(from: firstNumber, groupSize: crowd.groupSize)
        ledger.driver = self
    }

    // MARK: Connections

    /// So many handshakes under way are enough.
    private static let opening = 256

    func open(on domain: isolated LoopDomain) async throws {
        let endpoint = Endpoint.tcp(host: server.host, port: server.port)
        for (number, person) in crowd.people.enumerated() {
            let receiver = Receiver(person, ledger)
            receivers.append(receiver)
            let connection = try await StreamConnection.connect(to: endpoint, within: .seconds(10), on: domain)
            try receiver.open(on: connection, domain)
            if number >= Self.opening { try await wait(for: receivers[number - Self.opening], on: domain) }
        }
        for receiver in receivers { try await wait(for: receiver, on: domain) }
        for _ in 0..<Self.posterCount {
            let poster = Poster(for: self)
            posters.append(poster)
            let connection = try await StreamConnection.connect(to: endpoint, within: .seconds(10), on: domain)
            try poster.open(on: connection, domain)
        }
        idle = posters
    }

    private func wait(for receiver: Receiver, on domain: isolated LoopDomain) async throws {
        let limit = MonotonicTime.now + .seconds(30)
        while !receiver.isUpgraded {
            guard !receiver.isLost, .now < limit else {
                throw Program.Failed(description: "no WebSocket: \(ledger.complaints.first ?? "no answer")")
            }
            try await domain.sleep(for: .milliseconds(1))
        }
    }

    func close(on domain: isolated LoopDomain) {
        for poster in posters { poster.close(on: domain) }
        for receiver in receivers { receiver.close(on: domain) }
        (posters, receivers, idle) = ([], [], [])
    }

    // MARK: Sending

    func begin(_ load: Load, on domain: isolated LoopDomain) {
        if let announcements = load.announcements, let poster = idle.popLast() {
            ledger.announcements = announcements
            announcements.begin(with: poster, on: domain)
        }
        switch load.pace {
        case .full:
            plan = .closed(Self.posterCount)
            for _ in 0..<Self.posterCount { sendIfPossible(on: domain) }
        case .perSecond(let rate):
            plan = .open(every: .seconds(1) / rate, next: .now, end: nil)
        }
    }

    func stop() {
        guard case .open(let interval, let next, _) = plan else {
            plan = nil
            return
        }
        plan = .open(every: interval, next: next, end: .now)
    }

    /// Whether all that was due is sent, answered, and has arrived.
    var isDone: Bool {
        if case .open(_, let next, let end?) = plan, next <= end { return false }
        return ledger.areAllComplete && (ledger.announcements?.missing(of: receivers.count) ?? 0) == 0
    }

    /// What was due and was never sent has waited until now, at least.
    func abandon() {
        guard case .open(let interval, var due, let end?) = plan else { return }
        plan = nil
        while due <= end {
            ledger.neverSent(due: due)
            due = due + interval
        }
    }

    func answered(_ number: Int, isGood: Bool, by poster: Poster, on domain: isolated LoopDomain) {
        guard !Announcements.isOne(number) else { return }
        idle.append(poster)
        ledger.answered(number, isGood: isGood, on: domain)
        if case .open = plan { sendWhatIsDue(on: domain) }
    }

    func sendWhatIsDue(on domain: isolated LoopDomain) {
        guard case .open(let interval, var due, let end) = plan else { return }
        let now = min(MonotonicTime.now, end ?? .now)
        while due <= now, !idle.isEmpty {
            send(due: due, on: domain)
            due = due + interval
        }
        plan = .open(every: interval, next: due, end: end)
    }

    /// A message has arrived everywhere: in a closed loop there is room for the next.
    func completed(on domain: isolated LoopDomain) { sendIfPossible(on: domain) }

    private func sendIfPossible(on domain: isolated LoopDomain) {
        guard case .closed = plan, !idle.isEmpty else { return }
        send(due: .now, on: domain)
    }

    private func send(due: MonotonicTime, on domain: isolated LoopDomain) {
        guard let poster = idle.popLast() else { return }
        let person = crowd.people[draw(crowd.people.count)]
        poster.post(ledger.sends(to: person.group, due: due), by: person, on: domain)
    }

    /// Cheap, and the same in each run.
    private func draw(_ bound: Int) -> Int {
        random ^= random << 13
        random ^= random >> 7
        random ^= random << 17
        return Int(((random >> 32) &* UInt64(bound)) >> 32)
    }
}
