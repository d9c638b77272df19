import CPostgres
import Runtime

/// Opens one connection: name resolution on a thread, the rest on the loop, and the session's settings.
final class Connector: IOSource {
    typealias Outcome = Result<OpaquePointer, PostgresError>

    private enum Stage { case connecting, settingUp }

    private let handle: OpaquePointer
    private let settings: String
    private var finish: ((Outcome) -> Void)?
    private var registration: IORegistration?
    private var stage = Stage.connecting
    private var failure: PostgresError?
    private var timer: TimerToken?

    private init(_ handle: OpaquePointer, settings: String, finish: @escaping (Outcome) -> Void) {
        self.handle = handle
        self.settings = settings
        self.finish = finish
    }

    /// Begins; `finish` is called once in the domain, with a handle that is set up, out of the pipeline mode, and
    /// registered nowhere.
    static func open(
        _ config: DatabaseConfig, threads: ThreadPool, on domain: isolated LoopDomain,
        finish: @escaping (Outcome) -> Void
    ) {
        let started = MonotonicTime.now
        Task {
            let start = await PostgresLibrary.start(config, threads)
            switch start {
            case .failure(let error): finish(.failure(error))
            case .success(let address):
                guard let handle = OpaquePointer(bitPattern: address) else { return }
                let connector = Connector(handle, settings: sessionSettings(of: config), finish: finish)
                connector.begin(within: config.connectLimit - (MonotonicTime.now - started), on: domain)
            }
        }
    }

    private func begin(within limit: Duration, on domain: isolated LoopDomain) {
        guard PQstatus(handle) != CONNECTION_BAD else { return fail(on: domain) }
        timer = domain.schedule(after: limit) { [self] in
            failure = PostgresError(.timeout, "the server did not accept a connection within its limit")
            fail(on: domain)
        }
        watch(.writable, on: domain)
    }

    // MARK: Progress

    func ready(_ events: IOEvents, on domain: isolated LoopDomain) {
        switch stage {
        case .connecting: connect(on: domain)
        case .settingUp: setUp(on: domain)
        }
    }

    private func connect(on domain: isolated LoopDomain) {
        // libpq may close the socket and open another one, even under the same number.
        if let registration { domain.deregister(registration) }
        registration = nil
        switch PQconnectPoll(handle) {
        case PGRES_POLLING_READING: watch(.readable, on: domain)
        case PGRES_POLLING_WRITING: watch(.writable, on: domain)
        case PGRES_POLLING_OK: connected(on: domain)
        default: fail(on: domain)
        }
    }

    private func connected(on domain: isolated LoopDomain) {
        let version = Int(PQserverVersion(handle))
        guard version >= Self.oldestVersion else {
            failure = PostgresError(
                .unusableServer,
                "PostgreSQL \(Self.oldestVersion / 10_000) or newer is needed, this one is "
                    + "\(version / 10_000).\(version % 10_000)")
            return fail(on: domain)
        }
        cpostgres_drop_notices(handle)
        stage = .settingUp
        guard PQsetnonblocking(handle, 1) == 0, PQsendQuery(handle, settings) == 1 else {
            return fail(on: domain)
        }
        watch(PQflush(handle) == 1 ? [.readable, .writable] : .readable, on: domain)
    }

    private func setUp(on domain: isolated LoopDomain) {
        guard PQconsumeInput(handle) == 1 else { return fail(on: domain) }
        if let registration {
            domain.setInterest(PQflush(handle) == 1 ? [.readable, .writable] : .readable, of: registration)
        }
        while PQisBusy(handle) == 0 {
            guard let result = PQgetResult(handle) else { return settled(on: domain) }
            if PQresultStatus(result) != PGRES_COMMAND_OK, failure == nil {
                failure = PostgresError(result: result, statement: settings)
            }
            PQclear(result)
        }
    }

    private func settled(on domain: isolated LoopDomain) {
        guard failure == nil else { return fail(on: domain) }
        stopWatching(on: domain)
        finish?(.success(handle))
        finish = nil
    }

    // MARK: Ends

    private func fail(on domain: isolated LoopDomain) {
        guard let finish else { return }
        self.finish = nil
        let message = PostgresError.lastMessage(of: handle)
        stopWatching(on: domain)
        PQfinish(handle)
        finish(.failure(failure ?? PostgresError.connecting(failedWith: message)))
    }

    private func watch(_ events: IOEvents, on domain: isolated LoopDomain) {
        if let registration { return domain.setInterest(events, of: registration) }
        do {
            registration = try domain.register(self, descriptor: PQsocket(handle), interest: events)
        } catch {
            failure = PostgresError(.connectionLost, "\(error)")
            fail(on: domain)
        }
    }

    private func stopWatching(on domain: isolated LoopDomain) {
        if let registration { domain.deregister(registration) }
        registration = nil
        if let timer { domain.cancel(timer) }
        timer = nil
    }
}
