import Redis
import Runtime

/// Taking jobs, and saying on the way which have ended.
extension WorkerSession {
    /// Few jobs per call are only worth it when nothing else is under way.
    private static let smallestSecondFetch = 16
    private static let largestFetch = 64

    /// Divides the free places between the queues that have work, by weight.
    func fetch(on domain: isolated LoopDomain) {
        let hungry = lanes.filter { !$0.isAsleep && $0.fetches.count < 2 && $0.lease?.isValid == true }
        guard !hungry.isEmpty else { return }
        var free = options.concurrency - occupied
        let total = hungry.reduce(0) { $0 + $1.weight }
        let share = free
        nextLane += 1
        for offset in hungry.indices {
            guard free > 0 else { return }
            let lane = hungry[(nextLane + offset) % hungry.count]
            let want = min(max(share * lane.weight / total, 1), Self.largestFetch, free)
            if !lane.fetches.isEmpty && want < Self.smallestSecondFetch { continue }
            sendFetch(for: lane, want: want, on: domain)
            free -= want
        }
    }

    /// Says in time that jobs have ended, where no fetch does it on the way.
    func acknowledge(on domain: isolated LoopDomain) {
        let waiting = lanes.filter { $0.isRegistered && !$0.finished.isEmpty }
        guard !waiting.isEmpty, acknowledgeTimer == nil else { return }
        if state != .running {
            for lane in waiting { sendFetch(for: lane, want: 0, on: domain) }
            return
        }
        acknowledgeTimer = domain.schedule(after: .milliseconds(5)) { [self] in
            acknowledgeTimer = nil
            guard connection != nil else { return }
            for lane in lanes where lane.isRegistered && !lane.finished.isEmpty {
                sendFetch(for: lane, want: 0, on: domain)
            }
        }
    }

    private func sendFetch(for lane: QueueLane, want: Int, on domain: isolated LoopDomain) {
        guard let connection, let lease = lane.lease else { return }
        // A bound on the arguments of the script; what is left goes with the next call.
        let finished = Array(lane.finished.prefix(1000))
        var slots = finished.map(\.slot)
        while slots.count < want { slots.append(lane.takeFreeSlot()) }
        let holdsSeat = want > 0 && parts.suspectSeat.take()
        let fetch = QueueLane.Fetch(
            want: want, slots: slots, finished: finished, holdsSuspectSeat: holdsSeat, wakes: lane.wakes)
        lane.finished.removeFirst(finished.count)
        lane.fetches.append(fetch)
        occupied += want
        let flags = (holdsSeat ? 1 : 0) + (lane.takenInOrder >= 16 ? 2 : 0)
        if flags >= 2 { lane.takenInOrder = 0 }
        if FaultPoint.fetchSending.pass() { return connection.close() }
        connection.send(on: domain) { writer in
            lane.script.begin(keys: 1, expecting: slots.count + 7, to: &writer)
            writer.append(lane.keys.base)
            writer.append(lease.incarnation)
            writer.append(want)
            writer.append(fetch.finished.count)
            writer.append(flags)
            if want > 0 { writer.append(wakeChannel) } else { writer.append("") }
            for slot in slots { writer.append(slot) }
        } then: { [self] result in
            received(result, for: lane, under: lease, on: domain)
        }
    }

    private func received(
        _ result: Result<RedisValue, RedisError>, for lane: QueueLane, under lease: Lease,
        on domain: isolated LoopDomain
    ) {
        guard lane.lease === lease, !lane.fetches.isEmpty else { return }
        if case .failure(let error) = result { return failed(error, lane, on: domain) }
        if FaultPoint.fetchAnswered.pass() { return connection?.close() ?? () }
        guard case .success(.array(let answer)) = result, answer.count >= 2 else {
            return failed(.unexpectedReply(wanted: "jobs", got: "something else"), lane, on: domain)
        }
        let fetch = lane.fetches.removeFirst()
        occupied -= fetch.want
        lane.suspectSeatAtHand = fetch.holdsSuspectSeat
        let marks = answer[1].bytes ?? RedisBytes()
        let count = answer.count - 2
        lane.takenInOrder += count
        lane.freeSlots.append(contentsOf: fetch.slots[count...])
        if fetch.want > 0, count == 0 { lane.serveOwnStyle() }
        if marks.last == UInt8(ascii: "k") { lane.serveBothStyles() }
        if count == 0, fetch.want > 0 { noteEmpty(fetch, lane, hint: answer[0].int ?? -1, on: domain) }
        var taken: [(Int, RedisBytes)] = []
        taken.reserveCapacity(count)
        for index in 0..<count {
            if let bytes = answer[2 + index].bytes { taken.append((fetch.slots[index], bytes)) }
        }
        let cancelled = Set(marks.indices(of: UInt8(ascii: "1")).map { fetch.slots[$0] })
        start(taken, cancelled: cancelled, in: lane, on: domain)
        if exchange(&lane.suspectSeatAtHand, with: false) { parts.suspectSeat.leave() }
        needsFlush(on: domain)
    }

    private func failed(_ error: RedisError, _ lane: QueueLane, on domain: isolated LoopDomain) {
        if error.code == "LOST" { return lost(lane, on: domain) }
        // A fetch whose fate is unknown, or that the server could not run: only a new incarnation makes it certain.
        lane.fetchErrors.add()
        logger.warning("fetch failed", ["queue": .string(lane.queue.name), "error": .error(error)])
        connection?.close()
    }
}

extension RedisBytes {
    fileprivate var last: UInt8? { isEmpty ? nil : self[count - 1] }

    fileprivate func indices(of byte: UInt8) -> [Int] {
        withUnsafeBytes { bytes in bytes.indices.filter { bytes[$0] == byte } }
    }
}
