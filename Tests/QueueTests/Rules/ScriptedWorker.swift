import JSON
import Redis
import Runtime

@testable import Queue

/// A worker reduced to its script calls, so that a test decides every step.
struct ScriptedWorker {
    /// What one fetch brought.
    struct Taken {
        let hint: Int
        let jobs: [(slot: Int, envelope: EnvelopeView)]
        let cancelled: [Int]

        var numbers: [Int] { jobs.compactMap { $0.envelope.number } }
        var slots: [Int] { jobs.map(\.slot) }
    }

    let yard: Yard
    let queue: QueueName
    let name: String
    var keys: QueueKeys { yard.queue.keys(of: queue) }

    /// Registers, taking over what `older` hold.
    init(
        _ yard: Yard, _ queue: QueueName, _ name: String, over older: [String] = [], lease: Duration = .seconds(60)
    ) async throws {
        self.yard = yard
        self.queue = queue
        self.name = name
        try await register(over: older, lease: lease)
    }

    @discardableResult
    func register(over older: [String] = [], lease: Duration = .seconds(60)) async throws -> [EnvelopeView] {
        let answer = try await call(RegisterScript.script) { writer in
            writer.append(name)
            writer.append(lease.milliseconds)
            writer.append(0)
            for old in older { writer.append(old) }
        }
        return try answer.expectArray().dropFirst().compactMap { $0.bytes.flatMap(EnvelopeView.init) }
    }

    /// Fetches into fresh slots, behind those of finished jobs.
    func fetch(
        _ want: Int = 64, finished: [Int] = [], from firstSlot: Int = 0, suspects: Bool = true,
        lowFirst: Bool = false, channel: String = ""
    ) async throws -> Taken {
        let fresh = (firstSlot..<firstSlot + 1000).filter { !finished.contains($0) }
        let slots = finished + fresh.prefix(max(want - finished.count, 0))
        let script = queue.style == .plain ? FetchScript.plain : FetchScript.keyed
        let answer = try await call(script) { writer in
            writer.append(name)
            writer.append(want)
            writer.append(finished.count)
            writer.append((suspects ? 1 : 0) + (lowFirst ? 2 : 0))
            writer.append(channel)
            for slot in slots { writer.append(slot) }
        }.expectArray()
        let envelopes = answer.dropFirst(2).map { $0.bytes.flatMap(EnvelopeView.init) }
        let jobs = zip(slots, envelopes).compactMap { slot, envelope in envelope.map { (slot, $0) } }
        let marks = Array(answer[1].string ?? "")
        let cancelled = marks.indices.filter { marks[$0] == "1" }.map { slots[$0] }
        return Taken(hint: answer[0].int ?? 0, jobs: jobs, cancelled: cancelled)
    }

    /// Settles all of `taken`; answers how many the slots still held.
    @discardableResult
    func settle(
        _ taken: Taken, _ outcome: String = "done", at time: Timestamp = .now
    ) async throws -> Int {
        let answer = try await call(SettleScript.script, expecting: 2 + taken.jobs.count * 5) { writer in
            writer.append(name)
            for (slot, envelope) in taken.jobs {
                writer.append(slot)
                envelope.append(idTo: &writer)
                writer.append(outcome)
                writer.append(time.milliseconds)
                writer.append(envelope.bytes)
            }
        }
        return try answer.expectArray().count { $0.int == 1 }
    }

    /// What recovery does when the worker's process is seen to die.
    @discardableResult
    func die() async throws -> Recovery.Counts {
        try await Recovery(redis: yard.redis).reap(keys.base, incarnation: name)
    }

    private func call(
        _ script: RedisScript, expecting arguments: Int = 16, _ write: @Sendable (inout CommandWriter) -> Void
    ) async throws -> RedisValue {
        let base = keys.base
        return try await yard.redis.run(script, keys: 1, expecting: arguments) { writer in
            writer.append(base)
            write(&writer)
        }
    }
}

extension Yard {
    func cancel(_ id: JobID, in queue: QueueName) async throws -> Int {
        let base = self.queue.keys(of: queue).base
        return try await redis.run(CancelScript.script, keys: 1) { writer in
            writer.append(base)
            writer.append(count: 16) { $0.append(uuid: id.uuid) }
        }.expectInt()
    }

    func reschedule(_ id: JobID, in queue: QueueName, to time: Timestamp) async throws -> Int {
        let base = self.queue.keys(of: queue).base
        return try await redis.run(RescheduleScript.script, keys: 1) { writer in
            writer.append(base)
            writer.append(count: 16) { $0.append(uuid: id.uuid) }
            writer.append(time.milliseconds)
        }.expectInt()
    }

    /// Changes settings of the queue; an empty value removes one.
    func control(_ queue: QueueName, _ settings: [String: String]) async throws {
        let base = self.queue.keys(of: queue).base
        _ = try await redis.run(ControlScript.script, keys: 1) { writer in
            writer.append(base)
            for (name, value) in settings {
                writer.append(name)
                writer.append(value)
            }
        }
    }

    @discardableResult
    func promote(_ queue: QueueName) async throws -> Int {
        let base = self.queue.keys(of: queue).base
        return try await redis.run(PromoteScript.script, keys: 1) { writer in
            writer.append(base)
            writer.append(1000)
        }.expectArray().first?.int ?? 0
    }
}

extension EnvelopeView {
    /// The `number` of the test's payloads.
    var number: Int? {
        struct Numbered: Codable, JSONReadable { let number: Int }
        return payload.withUnsafeBytes { try? JSONCoder.decode(Numbered.self, from: $0).number }
    }

    func append(idTo writer: inout CommandWriter) {
        writer.append(count: 16) { $0.append(uuid: id.uuid) }
    }
}
