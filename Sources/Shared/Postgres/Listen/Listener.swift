import CPostgres
import Runtime

/// A connection that only listens. It asks for a sign of life when nothing came for long, and starts over when it breaks.
final class Listener: IOSource {
    private let config: DatabaseConfig
    private let channels: [String]
    private let threads: ThreadPool
    private let hearer: AsyncStream<Heard>.Continuation
    private var handle: OpaquePointer?
    private var registration: IORegistration?
    private var failures = 0
    private var hasListened = false
    private var mustReportGap = false
    private var isAsking = false
    private var isStopped = false
    private var timer: TimerToken?

    /// How long silence lasts before the server is asked whether it is still there, and how long it has to answer.
    private static let silence: Duration = .seconds(30)
    private static let patience: Duration = .seconds(10)

    init(
        _ config: DatabaseConfig, channels: [String], threads: ThreadPool, hearer: AsyncStream<Heard>.Continuation
    ) {
        self.config = config
        self.channels = channels
        self.threads = threads
        self.hearer = hearer
    }

    func connect(on domain: isolated LoopDomain) {
        timer = nil
        guard !isStopped else { return }
        Connector.open(config, threads: threads, on: domain) { [self] outcome in
            switch outcome {
            case .success(let handle): connected(handle, on: domain)
            case .failure: again(on: domain)
            }
        }
    }

    func stop(on domain: isolated LoopDomain) {
        isStopped = true
        disconnect(on: domain)
    }

    private func connected(_ handle: OpaquePointer, on domain: isolated LoopDomain) {
        self.handle = handle
        guard !isStopped else { return disconnect(on: domain) }
        let names = channels.map { "listen \"\($0.replacing("\"", with: "\"\""))\"" }
        do {
            registration = try domain.register(self, descriptor: PQsocket(handle), interest: .readable)
        } catch {
            return again(on: domain)
        }
        ask(names.joined(separator: "; "), on: domain)
    }

    // MARK: The socket

    func ready(_ events: IOEvents, on domain: isolated LoopDomain) {
        guard let handle, let registration else { return }
        guard PQconsumeInput(handle) == 1 else { return again(on: domain) }
        domain.setInterest(PQflush(handle) == 1 ? [.readable, .writable] : .readable, of: registration)
        guard takeAnswers(of: handle, on: domain) else { return again(on: domain) }
        while let notification = PQnotifies(handle) {
            let heard = Heard.notification(
                channel: String(cString: notification.pointee.relname),
                payload: String(cString: notification.pointee.extra))
            PQfreemem(notification)
            report(heard)
        }
    }

    /// False when the server refused what it was asked.
    private func takeAnswers(of handle: OpaquePointer, on domain: isolated LoopDomain) -> Bool {
        while isAsking, PQisBusy(handle) == 0 {
            guard let result = PQgetResult(handle) else {
                answered(on: domain)
                return true
            }
            let status = PQresultStatus(result)
            PQclear(result)
            guard status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY else {
                return false
            }
        }
        // Parses what came unasked.
        _ = PQisBusy(handle)
        return true
    }

    private func ask(_ text: String, on domain: isolated LoopDomain) {
        guard let handle, let registration, PQsendQuery(handle, text) == 1 else { return again(on: domain) }
        isAsking = true
        domain.setInterest(PQflush(handle) == 1 ? [.readable, .writable] : .readable, of: registration)
        wait(Self.patience, on: domain) { [self] in again(on: domain) }
    }

    private func answered(on domain: isolated LoopDomain) {
        isAsking = false
        if failures > 0 || !hasListened { report(hasListened ? .gap : .listening) }
        hasListened = true
        failures = 0
        wait(Self.silence, on: domain) { [self] in ask("select 1", on: domain) }
    }

    // MARK: Ends and beginnings

    private func again(on domain: isolated LoopDomain) {
        disconnect(on: domain)
        guard !isStopped else { return }
        failures += 1
        wait(Pool.pause(after: failures), on: domain) { [self] in connect(on: domain) }
    }

    private func disconnect(on domain: isolated LoopDomain) {
        if let registration { domain.deregister(registration) }
        registration = nil
        if let timer { domain.cancel(timer) }
        timer = nil
        PQfinish(handle)
        handle = nil
        isAsking = false
    }

    private func wait(_ span: Duration, on domain: isolated LoopDomain, then action: @escaping () -> Void) {
        if let timer { domain.cancel(timer) }
        timer = domain.schedule(after: span, action)
    }

    /// What does not fit into the hearer's buffer becomes a gap, reported when there is room again.
    private func report(_ heard: Heard) {
        if mustReportGap, case .enqueued = hearer.yield(.gap) { mustReportGap = false }
        if heard == .gap, mustReportGap { return }
        if case .dropped = hearer.yield(heard) { mustReportGap = true }
    }
}
