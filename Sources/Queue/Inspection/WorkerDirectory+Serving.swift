import Redis
import Runtime

extension WorkerDirectory {
    /// The workers that hold a lease of some queue, as they last showed themselves. Asks for those keys alone, and so
    /// costs the same however many keys there are.
    func serving(_ queues: [QueueName]) async throws -> [WorkerView] {
        var names: Set<String> = []
        for queue in queues {
            for lease in try await leases(in: queue) where lease.rest > .zero {
                names.insert(Self.worker(of: lease.incarnation))
            }
        }
        guard !names.isEmpty else { return [] }
        let keys = names.sorted().map { "\(prefix)worker:\($0)" }
        return try await redis.pipeline { writer in
            for key in keys {
                writer.command("GET")
                writer.append(key)
            }
        }.compactMap { $0.bytes.flatMap(WorkerView.init) }
    }

    /// An incarnation is called after its worker, the loop, and how often that has connected, between dots.
    private static func worker(of incarnation: String) -> String {
        incarnation.split(separator: ".", omittingEmptySubsequences: false).dropLast(2).joined(separator: ".")
    }
}
