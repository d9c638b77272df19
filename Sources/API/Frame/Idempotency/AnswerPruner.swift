import Postgres
import Runtime
import Synchronization

/// Removes kept answers that have expired, now and then. Every API process does so: whoever comes first has the work.
package final class AnswerPruner: LifecycleComponent {
    package let name = "kept answers"
    private let database: Database
    private let loop: EventLoop
    private let log: Logger
    private let task = Mutex<Task<Void, Never>?>(nil)

    package init(_ database: Database, loops: LoopGroup, log: Logger) {
        self.database = database
        loop = loops.loops[0]
        self.log = log.part("idempotency")
    }

    package func start() {
        let task = loop.spawn { [self] in
            while !Task.isCancelled {
                await prune()
                do { try await SystemClock().sleep(for: .minutes(10)) } catch { return }
            }
        }
        self.task.withLock { $0 = task }
    }

    package func stop() async {
        let task = task.withLock { $0 }
        task?.cancel()
        await task?.value
    }

    private func prune() async {
        do {
            while try await KeptAnswer.removeExpired(atMost: 1000, on: database) == 1000 {}
        } catch is CancellationError {
        } catch {
            log.warning("expired answers cannot be removed yet", ["error": .error(error)])
        }
    }
}
