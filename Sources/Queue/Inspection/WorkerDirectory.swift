import JSON
import Redis
import Runtime

/// A worker process, as it shows itself.
package struct WorkerView: Sendable {
    package let name: String
    package let host: String
    package let pid: Int
    package let started: Timestamp?
    package let queues: [String]
    package let concurrency: Int
    package let running: Int
    /// `running` or `quiet`, as it last said.
    package let state: String
    /// How often it says that it lives, and for how long it is shown after that.
    private let beat: Duration
    private let shownFor: Duration
    /// Since when it has said nothing.
    package private(set) var silence = Duration.zero
    /// What is left of the shortest of its leases; nil while it holds none.
    package var lease: Duration?
    /// The jobs that it holds, by kind.
    package var kinds: [String: Int] = [:]
    /// The same one by one, as far as they can be read, and no more than a hundred.
    package var jobs: [InspectedJob] = []

    init?(_ text: RedisBytes) {
        guard let profile = try? JSONCoder.decode(JSONValue.self, from: text.string),
            let name = profile["name"]?.string
        else { return nil }
        self.name = name
        host = profile["host"]?.string ?? ""
        pid = profile["pid"]?.integer ?? 0
        started = profile["started"]?.string.flatMap { Timestamp(rfc3339: $0) }
        concurrency = profile["concurrency"]?.integer ?? 0
        running = profile["running"]?.integer ?? 0
        state = profile["state"]?.string ?? "running"
        beat = .milliseconds(profile["beatMs"]?.integer ?? 4000)
        shownFor = .milliseconds(profile["shownForMs"]?.integer ?? 24_000)
        if case .array(let names)? = profile["queues"] { queues = names.compactMap(\.string) } else { queues = [] }
    }
}

extension WorkerView {
    /// Two heartbeats were left out: it is stuck, cut off or dead.
    package var isSilent: Bool { silence > max(beat * 2 + .milliseconds(500), .seconds(5)) }

    /// `rest` is for how long it is still shown.
    fileprivate func shown(for rest: Duration) -> WorkerView {
        var view = self
        view.silence = max(shownFor - rest, .zero)
        return view
    }
}

/// Which workers there are, and the orders that they are left.
package struct WorkerDirectory: Sendable {
    private static let mostJobs = 100

    let redis: RedisClient
    let prefix: String

    package init(redis: RedisClient, prefix: String) {
        self.redis = redis
        self.prefix = prefix
    }

    /// All workers that have shown themselves within two leases.
    package func workers() async throws -> [WorkerView] {
        var names: [String] = []
        var cursor = "0"
        repeat {
            let pattern = "\(prefix.escapedForMatch)worker:*"
            let answer = try await redis.call("SCAN", cursor, "MATCH", pattern, "COUNT", 2000).expectArray()
            cursor = answer.first?.string ?? "0"
            names += answer.last?.array?.compactMap(\.string) ?? []
        } while cursor != "0"
        guard !names.isEmpty else { return [] }
        let found = names
        let answers = try await redis.pipeline { writer in
            for name in found {
                writer.command("GET")
                writer.append(name)
                writer.command("PTTL")
                writer.append(name)
            }
        }
        var workers = stride(from: 0, to: answers.count - 1, by: 2).compactMap { place -> WorkerView? in
            let rest = Duration.milliseconds(answers[place + 1].int ?? 0)
            return answers[place].bytes.flatMap(WorkerView.init)?.shown(for: rest)
        }
        workers.sort { $0.name < $1.name }
        for queue in Set(workers.flatMap(\.queues)).compactMap({ QueueName(checking: $0) }) {
            try await addWork(in: queue, to: &workers)
        }
        return workers
    }

    /// Incarnations are named after their worker.
    private func addWork(in queue: QueueName, to workers: inout [WorkerView]) async throws {
        let keys = QueueKeys(prefix: prefix, queue: queue)
        for lease in try await leases(in: queue) {
            guard let place = workers.firstIndex(where: { lease.incarnation.hasPrefix($0.name + ".") }) else {
                continue
            }
            workers[place].lease = min(workers[place].lease ?? lease.rest, lease.rest)
            let held = try await redis.call("HVALS", keys.leased(lease.incarnation)).expectArray()
            for envelope in held.compactMap(\.bytes) {
                let view = EnvelopeView(envelope)
                workers[place].kinds[view?.kind ?? "unreadable", default: 0] += 1
                guard let view, workers[place].jobs.count < Self.mostJobs else { continue }
                workers[place].jobs.append(
                    InspectedJob(queue: queue, state: .leased, envelope: view, holder: lease.incarnation))
            }
        }
    }

    /// The incarnations of a queue, and what is left of their leases; below zero when they have ended.
    package func leases(in queue: QueueName) async throws -> [(incarnation: String, rest: Duration)] {
        let keys = QueueKeys(prefix: prefix, queue: queue)
        let answers = try await redis.pipeline { writer in
            writer.command("TIME")
            writer.command("ZRANGE")
            for argument in [keys.workers, "0", "-1", "WITHSCORES"] { writer.append(argument) }
        }
        let time = try answers[0].expectArray()
        let now = (time.first?.int ?? 0) * 1000 + (time.last?.int ?? 0) / 1000
        let members = try answers[1].expectArray()
        return stride(from: 0, to: members.count - 1, by: 2).compactMap { place in
            guard let name = members[place].string, let end = members[place + 1].string.flatMap({ Double($0) }) else {
                return nil
            }
            return (name, .milliseconds(Int64(end) - Int64(now)))
        }
    }

    /// Leaves an order; the worker takes it with its next heartbeat. It is forgotten if nobody does.
    package func order(_ order: WorkerOrder, to worker: String) async throws {
        try await redis.call("SET", "\(prefix)order:\(worker)", order.rawValue, "PX", 60_000)
    }
}
