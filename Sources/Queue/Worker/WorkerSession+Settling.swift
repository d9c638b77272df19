import Redis
import Runtime

/// How runs end: in the outbox first, where there is a row, and then in Redis.
extension WorkerSession {
    /// The handler has ended, one way or the other.
    func ended(_ job: RunningJob, _ error: (any Error)?, on domain: isolated LoopDomain) {
        if job.isAbandoned { return handlerCameBack(job, on: domain) }
        if !job.isBeingAbandoned { vacate(job.run.place) }
        FaultPoint.handlerEnded.pass()
        occupied -= 1
        leaveSuspectSeat(job)
        let end = RunEnd(of: job, error)
        tell(end, of: job)
        settle(job, end, on: domain)
        needsFlush(on: domain)
    }

    private func leaveSuspectSeat(_ job: RunningJob) {
        guard job.holdsSuspectSeat else { return }
        job.holdsSuspectSeat = false
        parts.suspectSeat.leave()
    }

    func settle(_ job: RunningJob, _ end: RunEnd, on domain: isolated LoopDomain) {
        job.hasEnded = true
        switch end {
        case .ended(let ending) where ending != .dead && needsRowDeleted(job): finishing.add(job, ending)
        default: say(end, of: job)
        }
    }

    private func needsRowDeleted(_ job: RunningJob) -> Bool {
        guard parts.durable != nil, job.envelope.attributes.contains(.durable) else { return false }
        return !job.run.isClaimed
    }

    /// Queues what Redis has to hear. A job that may be somebody else's by now is not spoken of.
    private func say(_ end: RunEnd, of job: RunningJob) {
        let lane = job.lane
        lane.remove(job)
        guard let slot = job.slot else { return }
        if case .ended(.done) = end, !job.envelope.isManaged, !job.hasPayloadOfItsOwn {
            lane.acknowledge(QueueLane.Finished(slot: slot, id: job.id))
        } else {
            lane.settle(end.settlement(of: job, slot: slot))
        }
    }

    // MARK: The outbox

    /// Deletes the rows of what has ended, all in one statement, and tries for as long as that takes: until then the
    /// jobs keep their slots.
    func finishDurable(on domain: isolated LoopDomain) {
        guard let durable = parts.durable else { return }
        while let batch = finishing.next() {
            Task.immediate(executorPreference: domain.loop) { [self] in
                _ = domain
                await finish(batch, with: durable, on: domain)
                finishing.ended()
                for job in batch.jobs { say(.ended(batch.ending), of: job) }
                needsFlush(on: domain)
            }
        }
    }

    private func finish(
        _ batch: DurableFinishing.Batch, with durable: any DurableJobs, on domain: isolated LoopDomain
    ) async {
        var delay = Duration.milliseconds(50)
        while state != .stopped {
            FaultPoint.rowsDeleting.pass()
            do {
                try await durable.finish(batch.jobs.map(\.id), as: batch.ending)
                if let lasted = parts.complaints.end("outbox") {
                    logger.info("outbox rows are deleted again", ["after": .duration(lasted)])
                }
                FaultPoint.rowsDeleted.pass()
                return
            } catch {
                if parts.complaints.isNews("outbox") {
                    logger.warning(
                        "outbox rows not deleted yet", ["jobs": .int(batch.jobs.count), "error": .error(error)])
                }
            }
            try? await domain.sleep(for: delay)
            delay = min(delay * 2, .seconds(2))
        }
    }

    // MARK: Redis

    func sendSettlements(of lane: QueueLane, on domain: isolated LoopDomain) {
        guard let connection, let lease = lane.lease, !lane.settlements.isEmpty else { return }
        let batch = Array(lane.settlements.prefix(128))
        lane.settlements.removeFirst(batch.count)
        lane.settling.append(batch)
        if FaultPoint.settleSending.pass() { return connection.close() }
        connection.send(on: domain) { writer in
            SettleScript.script.begin(keys: 1, expecting: batch.count * 5 + 2, to: &writer)
            writer.append(lane.keys.base)
            writer.append(lease.incarnation)
            for settlement in batch { settlement.append(to: &writer) }
        } then: { [self] result in
            settled(result, lane, under: lease, on: domain)
        }
        if !lane.settlements.isEmpty { needsFlush(on: domain) }
    }

    private func settled(
        _ result: Result<RedisValue, RedisError>, _ lane: QueueLane, under lease: Lease, on domain: isolated LoopDomain
    ) {
        guard lane.lease === lease, !lane.settling.isEmpty else { return }
        switch result {
        case .success(let answer):
            if FaultPoint.settleAnswered.pass() { connection?.close(); return }
            let batch = lane.settling.removeFirst()
            lane.freeSlots.append(contentsOf: batch.map(\.slot))
            forgetPayloads(of: batch, answer.array)
            needsFlush(on: domain)
        case .failure(let error) where error.code == "LOST": lost(lane, on: domain)
        case .failure(let error):
            lane.fetchErrors.add()
            logger.warning("settling failed", ["queue": .string(lane.queue.name), "error": .error(error)])
            connection?.close()
        }
    }

    /// Payloads of volatile jobs that were too large for Redis; what stays behind after a crash is pruned later. A job
    /// that was not in its slot any more is somebody else's by now, and so is its payload.
    private func forgetPayloads(of batch: [QueueLane.Settlement], _ answers: RedisArray?) {
        guard let durable = parts.durable, let answers, answers.count == batch.count else { return }
        let ids = batch.indices.filter { batch[$0].leavesPayload && answers[$0].int == 1 }.map { batch[$0].id }
        if !ids.isEmpty { Task { try? await durable.forgetPayloads(of: ids) } }
    }
}

extension QueueLane.Settlement {
    fileprivate func append(to writer: inout CommandWriter) {
        writer.append(slot)
        writer.append(count: 16) { buffer in
            buffer.append(bigEndian: id.uuid.high)
            buffer.append(bigEndian: id.uuid.low)
        }
        writer.append(outcome)
        writer.append(runAt)
        writer.append(envelope)
    }

    fileprivate var leavesPayload: Bool { envelope.isEmpty && hadStoredPayload }
}
