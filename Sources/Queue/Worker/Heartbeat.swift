import Redis
import Runtime

/// Keeps the leases of a process alive, on a thread and a connection of its own: work that holds a loop for long must
/// not cost the leases, and a loop that never turns again must.
final class Heartbeat: Sendable {
    private let group = LoopGroup(count: 1)
    private let redis: RedisClient
    private let leases: LeaseBook
    private let options: WorkerOptions
    private let logger: Logger
    private let profile: WorkerProfile
    private let meters: WorkerMeters
    private let complaints = Complaints()

    init(
        _ redis: RedisOptions, leases: LeaseBook, options: WorkerOptions, profile: WorkerProfile, meters: WorkerMeters,
        logger: Logger
    ) {
        self.meters = meters
        self.redis = RedisClient(redis, on: group)
        self.leases = leases
        self.options = options
        self.profile = profile
        self.logger = logger.part("heartbeat")
    }

    func start() {
        group.loops[0].spawn { [self] in await run(on: group.loops[0].domain) }
    }

    func stop() async {
        profile.stop()
        _ = try? await redis.call("DEL", profile.key)
        redis.close()
    }

    private func run(on domain: isolated LoopDomain) async {
        var steadySince: BootTime?
        var last = BootTime.now
        while !profile.isStopped {
            let begun = BootTime.now
            // Whoever was stopped himself has not seen whether the others could renew theirs, nor whether a loop turned.
            let wasAway = begun - last > options.lease
            if wasAway { steadySince = nil }
            last = begun
            let isAnswered = await beat(afterAbsence: wasAway)
            steadySince = isAnswered ? steadySince ?? begun : nil
            // When Redis was away all leases look ended: wait until the living have had time to renew theirs.
            if let steadySince, BootTime.now - steadySince > options.lease { await reap() }
            try? await domain.sleep(for: options.beat)
        }
    }

    // MARK: Beating

    /// Whether Redis answered for every lease.
    private func beat(afterAbsence: Bool) async -> Bool {
        var isAnswered = true
        for entry in leases.all where afterAbsence || isAlive(entry.session.loop) {
            let asked = BootTime.now
            do {
                FaultPoint.beatSending.pass()
                let answer = try await redis.run(
                    BeatScript.script, keys: 1, expecting: 3, within: options.beat
                ) { writer in
                    writer.append(entry.lease.base)
                    writer.append(entry.lease.incarnation)
                    writer.append(options.lease.milliseconds)
                }
                FaultPoint.beatAnswered.pass()
                try note(try answer.expectArray(), of: entry, asked: asked)
            } catch {
                isAnswered = false
                meters.beatErrors(in: entry.lease.queue).add()
                if complaints.isNews("beat") {
                    logger.warning("beat failed", ["queue": .string(entry.lease.queue.name), "error": .error(error)])
                }
            }
        }
        if isAnswered, let lasted = complaints.end("beat") {
            logger.info("beats are answered again", ["after": .duration(lasted)])
        }
        // With no lease to renew it is this answer that shows that Redis is there.
        return await tellProfile() && isAnswered
    }

    /// A loop that has not turned for two leases does not deserve them; after four the process makes way.
    private func isAlive(_ loop: EventLoop) -> Bool {
        guard let busy = loop.busyTime, busy > options.lease * 2 else { return true }
        logger.error("a loop does not turn", ["loop": .int(loop.index), "busy": .duration(busy)])
        if busy > options.lease * 4 { profile.giveUp("a loop has been blocked for \(busy)") }
        return false
    }

    private func note(_ answer: RedisArray, of entry: LeaseBook.Entry, asked: BootTime) throws {
        let epoch = answer.count >= 2 ? answer[1].string : nil
        guard let epoch, answer[0].int == 1, entry.epoch.isEmpty || epoch == entry.epoch else {
            entry.session.loop.execute { entry.session.value(on: $0).lost(entry.lease, on: $0) }
            return
        }
        if epoch != entry.epoch { leases.note(firstEpoch: epoch, of: entry.lease) }
        entry.lease.renew(asked: asked, for: options.lease)
        let wishes = Set(answer.dropFirst(2).compactMap { $0.bytes }.compactMap(JobID.init(wire:)))
        guard !wishes.isEmpty else { return }
        entry.session.loop.execute { entry.session.value(on: $0).cancel(wishes, in: entry.lease) }
    }

    /// Shows the process and its queues to operators and schedulers, and takes orders. Redis may lose all of it, so it
    /// is told with every beat.
    private func tellProfile() async -> Bool {
        let text = profile.text(running: leases.running)
        let queues = profile.queues.map(KnownQueues.registryMember)
        // A queue has one style, and the code that runs now decides.
        let former = profile.queues.flatMap(KnownQueues.formerMembers)
        let answers = try? await redis.pipeline(within: options.beat) { writer in
            writer.command("SET")
            writer.append(profile.key)
            writer.append(text)
            writer.append("PX")
            writer.append(profile.shownFor.milliseconds)
            if !queues.isEmpty {
                writer.command("SADD", expecting: queues.count + 1)
                writer.append(profile.registryKey)
                for queue in queues { writer.append(queue) }
                writer.command("SREM", expecting: former.count + 1)
                writer.append(profile.registryKey)
                for queue in former { writer.append(queue) }
            }
            writer.command("GETDEL")
            writer.append(profile.orderKey)
        }
        if let order = answers?.last?.string { profile.obey(order) }
        return answers != nil
    }

    // MARK: Recovery

    private func reap() async {
        let bases = Dictionary(leases.all.map { ($0.lease.queue, $0.lease.base) }) { first, _ in first }
        for (queue, base) in bases {
            do {
                let counts = try await Recovery(redis: redis, options: options).reap(base)
                guard counts.incarnations > 0 else { continue }
                meters.recovery.count(counts, in: queue)
                logger.warning(
                    "took back jobs of dead workers",
                    [
                        "queue": .string(queue.name), "workers": .int(counts.incarnations), "ready": .int(counts.ready),
                        "suspect": .int(counts.suspects), "dead": .int(counts.dead),
                    ])
                _ = complaints.end("recovery")
            } catch {
                if complaints.isNews("recovery") {
                    logger.warning("recovery failed", ["queue": .string(queue.name), "error": .error(error)])
                }
            }
        }
    }
}

extension JobID {
    /// 16 bytes, as scripts name jobs.
    package init?(wire bytes: RedisBytes) {
        guard bytes.count == 16 else { return nil }
        self = bytes.withUnsafeBytes { JobID(UUID(bytes: $0)) }
    }
}
