import Postgres
import Redis
import Runtime
import Synchronization

/// All queues that somebody has to look after: those of the code, those that workers have registered for, and those that
/// durable jobs were pushed into.
package final class KnownQueues: Sendable {
    /// How long an answer holds.
    private static let freshness = Duration.seconds(5)

    private struct State {
        var queues: [QueueName]
        var readAt: MonotonicTime?
    }

    private let durable: DurableQueue
    private let declared: [QueueName]
    private let state: Mutex<State>

    package init(_ declared: [QueueName] = QueueName.platform, durable: DurableQueue) {
        self.declared = declared
        self.durable = durable
        state = Mutex(State(queues: declared))
    }

    /// What workers add their queues to: members are a name, a colon and a style.
    package static func registryKey(_ prefix: String) -> String { "\(prefix)queues" }

    package static func registryMember(_ queue: QueueName) -> String { "\(queue.name):\(queue.style.rawValue)" }

    /// What the same queue is called there in its other styles.
    static func formerMembers(_ queue: QueueName) -> [String] {
        [QueueName.Style.plain, .keyed, .ordered].filter { $0 != queue.style }.compactMap { style in
            QueueName(checking: queue.name, style).map(registryMember)
        }
    }

    /// By name. While a store does not answer, what was known before.
    package func all() async -> [QueueName] {
        let known = state.withLock { state -> [QueueName]? in
            guard let readAt = state.readAt, MonotonicTime.now - readAt < Self.freshness else { return nil }
            return state.queues
        }
        if let known { return known }
        let found = (try? await registered()) ?? []
        let pushed = (try? await pushed()) ?? []
        return state.withLock { state in
            let all = Set(declared).union(found).union(pushed).union(state.queues)
            state.queues = all.sorted { $0.name < $1.name }
            state.readAt = .now
            return state.queues
        }
    }

    /// Does something for each. What fails for one does not concern the others; throws the first error at the end.
    func forEach(_ body: (QueueName) async throws -> Void) async throws {
        var failure: (any Error)?
        for queue in await all() {
            do { try await body(queue) } catch { failure = failure ?? error }
        }
        if let failure { throw failure }
    }

    private func registered() async throws -> [QueueName] {
        let key = Self.registryKey(durable.client.prefix)
        return try await durable.client.redis.call("SMEMBERS", key).expectArray().compactMap { member in
            let parts = (member.string ?? "").split(separator: ":").map(String.init)
            guard parts.count == 2, let style = UInt8(parts[1]).flatMap({ QueueName.Style(rawValue: $0) }) else {
                return nil
            }
            return QueueName(checking: parts[0], style)
        }
    }

    private func pushed() async throws -> [QueueName] {
        let names: [String] = try await durable.database.all("select queue from queue_epochs")
        return names.compactMap { QueueName(checking: $0) }
    }
}
