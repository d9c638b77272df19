import Redis
import Runtime

/// Connections and leases. Every connection is a new incarnation in every queue, and takes over what earlier ones hold.
extension WorkerSession {
    /// What is called on every connection before anything else.
    private static let scripts = [
        FetchScript.plain, FetchScript.keyed, SettleScript.script, RegisterScript.script, UnregisterScript.script,
        LeaveIdleScript.script, TrackScript.script,
    ]

    /// Connects, and again whenever the connection is lost, until the session is stopped.
    func stayConnected(on domain: isolated LoopDomain) async {
        var delay = Duration.milliseconds(20)
        while state != .stopped {
            do {
                try await connect(on: domain)
                if let lasted = parts.complaints.end("connection") {
                    logger.info("connected to redis again", ["after": .duration(lasted)])
                }
                delay = .milliseconds(20)
                if connection != nil { try? await domain.park(within: nil) { endWaiter = $0 } }
            } catch {
                if parts.complaints.isNews("connection") {
                    logger.warning("no connection to redis", ["error": .error(error)])
                }
            }
            disconnected(on: domain)
            guard state != .stopped, !Task.isCancelled else { return }
            try? await domain.sleep(for: .milliseconds(Int64.random(in: delay.milliseconds / 2...delay.milliseconds)))
            delay = min(delay * 2, .seconds(1))
        }
    }

    private func connect(on domain: isolated LoopDomain) async throws {
        guard let anchor else { return }
        let opened = try await RedisConnection.connect(redisOptions, on: domain.loop) { _, domain in
            anchor.value(on: domain).connectionEnded(on: domain)
        }
        connection = opened
        do {
            for script in Self.scripts { try await load(script, over: opened, on: domain) }
            for lane in lanes { try await register(lane, over: opened, on: domain) }
        } catch {
            opened.close()
            throw error
        }
        if state == .starting { state = .running }
        needsFlush(on: domain)
    }

    private func load(
        _ script: RedisScript, over connection: RedisConnection, on domain: isolated LoopDomain
    ) async throws {
        _ = try await connection.call(on: domain) { writer in
            writer.command("SCRIPT")
            writer.append("LOAD")
            writer.append(script.source)
        }
    }

    private func connectionEnded(on domain: isolated LoopDomain) {
        connection = nil
        if let waiter = endWaiter { domain.unpark(waiter) }
    }

    private func disconnected(on domain: isolated LoopDomain) {
        connection?.close()
        connection = nil
        endWaiter = nil
        for lane in lanes {
            if let lease = lane.lease { leases.remove(lease) }
            forget(lane)
        }
    }

    private func forget(_ lane: QueueLane) {
        for fetch in lane.fetches {
            occupied -= fetch.want
            if fetch.holdsSuspectSeat { parts.suspectSeat.leave() }
        }
        lane.forgetConnection()
    }

    // MARK: Leases

    private func register(
        _ lane: QueueLane, over connection: RedisConnection, on domain: isolated LoopDomain
    ) async throws {
        try await found(lane.queue, lane.keys, over: connection, on: domain)
        lane.isRegistering = true
        defer { lane.isRegistering = false }
        let incarnation = newIncarnation()
        let older = lane.unconfirmed
        lane.unconfirmed.append(incarnation)
        let asked = BootTime.now
        if FaultPoint.registerSending.pass() { throw RedisError.closed }
        let answer = try await connection.call(on: domain) { writer in
            RegisterScript.script.begin(keys: 1, expecting: 4 + lane.kinds.count + older.count, to: &writer)
            writer.append(lane.keys.base)
            writer.append(incarnation)
            writer.append(options.lease.milliseconds)
            writer.append(lane.kinds.count)
            for kind in lane.kinds { writer.append(kind) }
            for old in older { writer.append(old) }
        }
        if FaultPoint.registerAnswered.pass() { throw RedisError.closed }
        let elements = try answer.expectArray()
        lane.unconfirmed = [incarnation]
        let lease = Lease(
            queue: lane.queue, base: lane.keys.base, incarnation: incarnation, asked: asked, for: options.lease)
        lane.lease = lease
        if let anchor { leases.add(lease, epoch: elements.first?.string ?? "", of: anchor) }
        let unknown = lane.reconcile(with: elements.dropFirst().compactMap(\.bytes))
        start(unknown, cancelled: [], in: lane, on: domain)
        wake(lane, on: domain)
    }

    /// Before the first job is taken from a queue that Redis knows nothing of, which may have been paused. A database that
    /// is away keeps nobody from working: the relay makes up for it.
    private func found(
        _ queue: QueueName, _ keys: QueueKeys, over connection: RedisConnection, on domain: isolated LoopDomain
    ) async throws {
        guard let durable = parts.durable else { return }
        let found = try await connection.call(on: domain) { writer in
            writer.command("EXISTS")
            writer.append(keys.epoch)
        }
        guard found.int == 0 else { return }
        do { try await durable.found(queue) } catch {
            logger.warning(
                "the settings of a queue could not be restored yet", ["queue": "\(queue)", "error": .error(error)])
        }
        guard self.connection === connection else { throw RedisError.closed }
    }

    /// Another process has taken this lane's jobs back: they may end here, but are not ours to settle. The other
    /// queues of the session are not touched.
    func lost(_ lane: QueueLane, on domain: isolated LoopDomain) {
        guard let lease = lane.lease else { return }
        lane.leasesLost.add()
        logger.warning("lease lost", ["queue": .string(lane.queue.name), "incarnation": .string(lease.incarnation)])
        leases.remove(lease)
        forget(lane)
        guard let connection, state != .stopped else { return }
        Task.immediate(executorPreference: domain.loop) { [self] in
            _ = domain
            do { try await register(lane, over: connection, on: domain) } catch { connection.close() }
        }
    }

    /// What the heartbeat's thread found out.
    func lost(_ lease: Lease, on domain: isolated LoopDomain) {
        if let lane = lanes.first(where: { $0.lease === lease }) { lost(lane, on: domain) }
    }

    func cancel(_ ids: Set<JobID>, in lease: Lease) {
        guard let lane = lanes.first(where: { $0.lease === lease }) else { return }
        for job in lane.runningJobs where ids.contains(job.id) { job.cancel(because: .requested) }
    }

    // MARK: Leaving

    func unregister(on domain: isolated LoopDomain) async {
        guard let connection else { return }
        for lane in lanes {
            guard let lease = lane.lease else { continue }
            leases.remove(lease)
            FaultPoint.unregisterSending.pass()
            _ = try? await connection.call(on: domain) { writer in
                UnregisterScript.script.begin(keys: 1, expecting: 3, to: &writer)
                writer.append(lane.keys.base)
                writer.append(lease.incarnation)
                writer.append(wakeChannel)
            }
            FaultPoint.unregisterAnswered.pass()
        }
    }
}
