import Postgres
import Runtime
import TestSupport
import Testing

@testable import Queue

/// How runs end, and what follows.
extension ModelPlay {
    func settle() async throws {
        guard let (name, worker) = randomWorker({ inFlight[$0] != nil }), let taken = inFlight.removeValue(forKey: name)
        else { return }
        if isPlain(taken), Bool.random(using: &seed) {
            for (_, envelope) in taken.jobs { try await endRow(of: envelope.id) }
            _ = try await worker.fetch(0, finished: taken.slots)
            for (_, envelope) in taken.jobs { note("done", envelope.id) }
            return
        }
        for (slot, envelope) in taken.jobs {
            let isCancelled = taken.cancelled.contains(slot)
            try await settle(slot, envelope, isCancelled ? "cancelled" : randomOutcome(for: envelope.id), of: worker)
        }
    }

    private func isPlain(_ taken: ScriptedWorker.Taken) -> Bool {
        taken.cancelled.isEmpty && taken.jobs.allSatisfy { !$0.envelope.isManaged }
    }

    private func randomOutcome(for id: JobID) -> String {
        // A run that finds no row has nothing to do, and so cannot fail.
        if let job = jobs[id], job.isDurable, !job.hasRow { return "done" }
        let all = ["done", "done", "done", "dead", "expired", "retrying", "scheduled", "ready"]
        return all.randomElement(using: &seed) ?? "done"
    }

    private func settle(
        _ slot: Int, _ envelope: EnvelopeView, _ outcome: String, of worker: ScriptedWorker
    ) async throws {
        let id = envelope.id
        switch outcome {
        case "done": try await endRow(of: id)
        case "cancelled": try await endRow(of: id, as: .cancelled)
        case "expired": try await endRow(of: id, as: .expired)
        default: break
        }
        let isSoon = Bool.random(using: &seed)
        let one = ScriptedWorker.Taken(hint: 0, jobs: [(slot, envelope)], cancelled: [])
        #expect(try await worker.settle(one, outcome, at: isSoon ? .now : .now + .hours(1)) == 1)
        if isSoon, ["retrying", "scheduled"].contains(outcome) {
            try await promote(worker.queue)
            note("ready", id)
        } else {
            note(outcome, id)
        }
    }

    func promote(_ queue: QueueName) async throws {
        // The clocks of this process and of Redis are the same, and theirs may be a moment behind.
        try await eventually("promotion") { try await yard.promote(queue) > 0 }
    }

    private func note(_ outcome: String, _ id: JobID) {
        guard let queue = jobs[id]?.queue else { return }
        switch outcome {
        case "done":
            books[queue]?.done += 1
            end(id)
        case "cancelled":
            books[queue]?.cancelled += 1
            end(id)
        case "expired":
            books[queue]?.expired += 1
            end(id)
        case "dead": noteDeath(of: id)
        case "ready": jobs[id]?.state = .waiting
        default: jobs[id]?.state = .scheduled
        }
    }

    func noteDeath(of id: JobID) {
        guard let job = jobs[id] else { return }
        books[job.queue]?.dead += 1
        // A copy of what has ended elsewhere leaves no letter.
        end(id, job.isDurable && !job.hasRow ? .over : .dead(isStored: false))
    }

    // MARK: Rows

    /// Ends the row of a durable job, in its handler's transaction or outside, perhaps for the second time.
    func endRow(of id: JobID, as ending: Ending = .done) async throws {
        guard let job = jobs[id], job.isDurable else { return }
        if ending == .done, Bool.random(using: &seed) {
            do {
                try await durable.transaction(finishing: id) { transaction in
                    _ = try await transaction.run("insert into effects (job) values (\(id))")
                }
                #expect(job.hasRow && !job.hasEffect, "\(job) had its effect already")
                jobs[id]?.hasEffect = true
            } catch is JobAlreadyFinished {
                #expect(!job.hasRow)
            }
        } else {
            try await durable.finish([id], as: ending)
        }
        await durable.pusher.untilIdle()
        noteRowEnd(of: id, as: ending)
    }

    func noteRowEnd(of id: JobID, as ending: Ending) {
        guard let job = jobs[id], job.hasRow else { return }
        jobs[id]?.hasRow = false
        if let chain = job.chain { advance(chain, after: id, ending) }
        if let batch = job.batch { leave(batch, id, ending) }
    }

    private func advance(_ chain: Int, after id: JobID, _ ending: Ending) {
        guard ending == .done else {
            chains[chain].stoppedBy = id
            return
        }
        guard !chains[chain].ahead.isEmpty else {
            chains[chain].isComplete = true
            return
        }
        let next = chains[chain].ahead.removeFirst()
        addDurable(next.id, next.wish)
        jobs[next.id]?.chain = chain
    }

    private func leave(_ batch: Int, _ id: JobID, _ ending: Ending) {
        batches[batch].members.remove(id)
        if ending != .done { batches[batch].failed.insert(id) }
        endBatchIfEmpty(batch)
    }

    private func endBatchIfEmpty(_ place: Int) {
        let batch = batches[place]
        guard batch.members.isEmpty, !batch.isCancelled, !batch.hasSucceeded else { return }
        if !batch.isComplete {
            batches[place].isComplete = true
            addDurable(batch.onComplete.id, batch.onComplete.wish)
        }
        if batch.failed.isEmpty {
            batches[place].hasSucceeded = true
            addDurable(batch.onSuccess.id, batch.onSuccess.wish)
        }
    }
}
