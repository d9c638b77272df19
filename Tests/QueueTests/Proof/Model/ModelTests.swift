import Runtime
import TestSupport
import Testing

/// All operations at random, on three queues and what is between them, against a simple model whose counts the ledger,
/// the outbox, batches and chains have to share. `SOAK=1` makes it long.
@Suite(.ownStores) struct ModelTests {
    /// With flushes of Redis among them, and without.
    @Test(.timeLimit(.minutes(60)), arguments: [false, true])
    func `whatever is done in whatever order, every job is in one place`(isFlushed: Bool) async throws {
        try await withBench { bench in
            let end = ContinuousClock.now + .minutes(20)
            repeat {
                let play = try await ModelPlay(bench, Seed(), isFlushed: isFlushed)
                for step in 0..<2000 {
                    try await play.step()
                    if step % 50 == 0 { try await play.compare() }
                }
                try await play.finish()
            } while Soak.isOn && ContinuousClock.now < end
        }
    }
}
