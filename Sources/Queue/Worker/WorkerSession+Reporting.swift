import Redis
import Runtime

/// What the session tells about itself: statistics by minute, and how much runs.
extension WorkerSession {
    private static let reportInterval = Duration.seconds(2)

    func keepReporting(on domain: isolated LoopDomain) async {
        while state != .stopped {
            try? await domain.sleep(for: Self.reportInterval)
            if let anchor { leases.note(running: running, in: anchor) }
            await report(on: domain)
        }
    }

    /// Adds what happened since the last report to the metrics of the process, and to the minute's counters in Redis. A
    /// report that fails is dropped: statistics may miss a moment, the ledger does not.
    func report(on domain: isolated LoopDomain) async {
        for lane in lanes {
            let fields = takeStatistics(of: lane)
            guard !fields.isEmpty else { continue }
            let minute = Timestamp.now.seconds / 60
            let base = lane.keys.base
            _ = try? await parts.queue.redis.run(
                StatisticsScript.script, keys: 1, expecting: fields.count * 2 + 2
            ) { writer in
                writer.append(base)
                writer.append(minute)
                for (field, amount) in fields {
                    writer.append("\(field)")
                    writer.append(amount)
                }
            }
        }
    }

    /// Of the queue as a whole, and of each kind.
    private func takeStatistics(of lane: QueueLane) -> [(field: StatisticsField, amount: Int)] {
        var whole = lane.strangers
        lane.strangerMeters.add(lane.strangers)
        lane.strangers.clear()
        var fields: [(field: StatisticsField, amount: Int)] = []
        for kind in handlers.all.indices where handlers.all[kind].queue == lane.queue {
            kindMeters[kind].running.add(Double(tallies[kind].takeChangeOfRunning()))
            guard !tallies[kind].isEmpty else { continue }
            whole.add(tallies[kind])
            kindMeters[kind].add(tallies[kind])
            fields += tallies[kind].fields(of: handlers.all[kind].kind)
            tallies[kind].clear()
        }
        return whole.fields(of: "") + fields
    }

    var running: Int { lanes.reduce(0) { $0 + $1.jobs.count { $0 != nil } } }
}
