import Runtime

extension Pool {
    /// Opens what is missing: the minimum, one for each lease that waits, one more where statements crowd.
    func openMore(on domain: isolated LoopDomain) {
        guard !isClosed, retry == nil else { return }
        while connections.count + opening < size, needsAnother { open(on: domain) }
        prune(on: domain)
    }

    private var needsAnother: Bool {
        if connections.count + opening < min(config.minimumPerLoop, size) { return true }
        if waitingForLease.count > opening, leases.count + opening < leaseLimit { return true }
        guard opening == 0 else { return false }
        return !waiting.isEmpty || !connections.isEmpty && connections.allSatisfy(\.isCrowded)
    }

    private func open(on domain: isolated LoopDomain) {
        opening += 1
        Connector.open(config, threads: threads, on: domain) { [self] outcome in
            opening -= 1
            switch outcome {
            case .success(let handle): opened(Connection(handle, pool: self), on: domain)
            case .failure(let error): failedToOpen(error, on: domain)
            }
        }
    }

    private func opened(_ connection: Connection, on domain: isolated LoopDomain) {
        do {
            try connection.start(on: domain)
        } catch {
            return failedToOpen(error, on: domain)
        }
        meters.connected()
        guard !isClosed else { return connection.close("the database was closed", on: domain) }
        if failures > 0 { log.info("database reached again", ["attempts": .int(failures)]) }
        failures = 0
        lastFailure = nil
        awaySince = nil
        connections.append(connection)
        serve(on: domain)
    }

    /// What heals by itself keeps the callers waiting, up to their limits; what does not is told to them at once.
    private func failedToOpen(_ error: PostgresError, on domain: isolated LoopDomain) {
        meters.failedToConnect()
        lastFailure = error
        failures += 1
        noteAbsence(on: domain)
        // The first of a row says it all.
        if failures == 1 { log.warning("database not reached", ["error": .error(error)]) }
        if error.kind == .unusableServer { answerWaiting(throwing: error) }
        guard !isClosed, retry == nil else { return }
        retry = domain.schedule(after: Self.pause(after: failures, longest: longestPause)) { [self] in
            retry = nil
            openMore(on: domain)
        }
    }

    // MARK: Absence

    func noteAbsence(on domain: isolated LoopDomain) {
        guard connections.isEmpty, awaySince == nil else { return }
        awaySince = domain.now
        guard let limit = config.refusesAfter else { return }
        domain.schedule(after: limit) { [self] in
            if let absence { answerWaiting(throwing: absence) }
        }
    }

    /// Why nobody is to wait, where the database has been away for long.
    var absence: PostgresError? {
        guard let limit = config.refusesAfter, let awaySince, awaySince + limit <= .now else { return nil }
        let reason = lastFailure.map { "; the last attempt to connect failed: \($0.message)" } ?? ""
        return PostgresError(.timeout, "the database has been away for a while" + reason)
    }

    /// Where nobody waits, nobody is served late: it is looked for the more often.
    private var longestPause: Int { config.refusesAfter == nil ? 5000 : 1000 }

    func answerWaiting(throwing error: PostgresError) {
        while let call = waiting.popFirst() { call.answer(throwing: error) }
        while let request = waitingForLease.popFirst() { request.answer(throwing: error) }
    }

    /// Doubles from 50 ms to the longest, less up to a half by chance, so that not all processes come back at one moment.
    static func pause(after failures: Int, longest: Int = 5000) -> Duration {
        let whole = min(longest, 50 << min(failures - 1, 7))
        return .milliseconds(Int.random(in: whole / 2...whole))
    }

    // MARK: Closing what is not needed

    /// Looks in from time to time for connections above the minimum that nobody has used for long.
    private func prune(on domain: isolated LoopDomain) {
        guard pruning == nil, connections.count > config.minimumPerLoop else { return }
        pruning = domain.schedule(after: config.idleLimit / 2) { [self] in
            pruning = nil
            let limit = domain.now
            let unused = connections.filter { $0.isIdle && $0.lease == nil && $0.idleSince + config.idleLimit < limit }
            for connection in unused.prefix(max(0, connections.count - config.minimumPerLoop)) {
                connection.close("it was not needed", on: domain)
            }
            prune(on: domain)
        }
    }

    /// Refuses new callers, lets those under way finish until `deadline`, and closes everything.
    func shutDown(by deadline: MonotonicTime, on domain: isolated LoopDomain) async {
        isClosed = true
        answerWaiting(throwing: Self.closed)
        while connections.contains(where: { !$0.isIdle || $0.lease != nil }), MonotonicTime.now < deadline {
            do { try await domain.sleep(for: .milliseconds(5)) } catch { break }
        }
        closeAll(on: domain)
    }

    func closeAll(on domain: isolated LoopDomain) {
        isClosed = true
        answerWaiting(throwing: Self.closed)
        for timer in [retry, pruning, checking] { if let timer { domain.cancel(timer) } }
        for connection in connections { connection.close("the database was closed", on: domain) }
    }
}

extension Connection {
    fileprivate var isCrowded: Bool { lease != nil || calls.count >= 4 }
}
