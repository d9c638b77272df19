import Synchronization

/// What a process needs in order to work, asked when somebody wants to know whether it is ready.
public final class ReadinessChecks: Sendable {
    public typealias Check = @Sendable () async throws -> Void

    private struct Answer: Sendable {
        let faults: [String]
        let time: MonotonicTime
    }

    /// Whoever asks more often than this hears the same again: probes must not become load.
    private static let freshness = Duration.seconds(1)

    private let checks = Mutex<[(name: String, check: Check)]>([])
    private let last = Mutex<Answer?>(nil)
    private let log: Logger

    public init(log: Logger) { self.log = log.part("readiness") }

    /// `check` throws while `name` is not there. It must come to an end by itself, and soon.
    public func add(_ name: String, _ check: @escaping Check) {
        checks.withLock { $0.append((name, check)) }
    }

    /// The names of what is not there.
    public func faults() async -> [String] {
        let now = MonotonicTime.now
        if let last = last.withLock({ $0 }), now < last.time + Self.freshness { return last.faults }
        let faults = await ask()
        last.withLock { $0 = Answer(faults: faults, time: now) }
        return faults
    }

    private func ask() async -> [String] {
        await withTaskGroup(of: String?.self) { group in
            for (name, check) in checks.withLock({ $0 }) {
                group.addTask { await self.fault(name, check) }
            }
            return await group.reduce(into: []) { if let name = $1 { $0.append(name) } }.sorted()
        }
    }

    private func fault(_ name: String, _ check: Check) async -> String? {
        do { try await check() } catch {
            log.warning("not ready", ["check": .string(name), "error": .error(error)])
            return name
        }
        return nil
    }
}
