import CSystem
import Synchronization

/// Starts the parts of a process in order, waits until it shall stop, and stops them in reverse.
public final class Lifecycle: Sendable {
    public enum Phase: Int, Sendable, AtomicRepresentable {
        case starting, ready, draining, ended
    }

    private let phaseNow = Atomic<Phase>(.starting)
    /// Why the process stops: nil inside means it was asked to. The first reason counts.
    private let reason = Mutex<Reason?>(nil)
    private let stopRequests: AsyncStream<Never>
    private let requests: AsyncStream<Never>.Continuation
    private let signals: SignalThread
    private let log: Logger

    private enum Reason: Sendable {
        case asked
        case failed(any Error)
    }

    /// `giveUp` ends the process at once; it runs on a thread of its own while tasks and loops may be stuck.
    public init(gracePeriod: Duration, log: Logger, giveUp: @escaping @Sendable (ExitCode) -> Void) {
        let log = log.part("lifecycle")
        self.log = log
        (stopRequests, requests) = AsyncStream.makeStream()
        signals = SignalThread(gracePeriod: gracePeriod)
        signals.start { [weak self] signal in
            log.info("asked to stop", ["signal": .int(signal)])
            self?.stop()
        } giveUp: { code in
            log.error("ending before everything has stopped", ["exit": .int(code.rawValue)])
            giveUp(code)
        }
    }

    deinit { signals.finish() }

    public var phase: Phase { phaseNow.load(ordering: .acquiring) }

    /// Whether new work is welcome. Falls before draining begins.
    public var isReady: Bool { phase == .ready }

    /// From now on this process's SIGTERM and SIGINT stop it: the first drains, a second ends it at once.
    public func catchSignals() { signals.catchSignals() }

    /// As if the signal had come from outside.
    public func receive(signal: Int32) { signals.receive(signal) }

    /// Asks for a clean end.
    public func stop() { stop(.asked) }

    /// Says that a part cannot go on: the others stop, and the process ends with a failure.
    public func fail(_ error: any Error, in part: String) {
        log.error("a part failed", ["part": .string(part), "error": .error(error)])
        stop(.failed(error))
    }

    /// The whole life: returns when all that was started has stopped. Call it once.
    public func run(_ components: [any LifecycleComponent]) async -> ExitCode {
        let started = await live(components)
        phaseNow.store(.draining, ordering: .releasing)
        signals.beginGracePeriod()
        await stopAll(started)
        phaseNow.store(.ended, ordering: .releasing)
        signals.finish()
        log.info("stopped", ["exit": .int(exitCode.rawValue)])
        return exitCode
    }

    // MARK: Steps

    /// Starts everything and waits for the wish to stop, whichever comes first; answers what has to be stopped.
    private func live(_ components: [any LifecycleComponent]) async -> [any LifecycleComponent] {
        await withTaskGroup(of: [any LifecycleComponent]?.self) { group in
            group.addTask { await self.startAll(components) }
            group.addTask {
                for await _ in self.stopRequests {}
                return nil
            }
            var started: [any LifecycleComponent] = []
            for await outcome in group {
                if let outcome { started = outcome } else { group.cancelAll() }
            }
            return started
        }
    }

    private func startAll(_ components: [any LifecycleComponent]) async -> [any LifecycleComponent] {
        let begin = MonotonicTime.now
        var started: [any LifecycleComponent] = []
        for component in components where !isStopping {
            do {
                try await component.start()
                started.append(component)
                log.debug("started a part", ["part": .string(component.name)])
            } catch {
                // What the cancellation of a start throws is no failure.
                if !isStopping { fail(error, in: component.name) }
            }
        }
        let isReady = reason.withLock { reason in
            if reason == nil { phaseNow.store(.ready, ordering: .releasing) }
            return reason == nil
        }
        if isReady {
            // Two thirds of what a process holds at rest is code that ran once: declarations of routes, tables, checks.
            csystem_give_back_start()
            log.info("ready", ["took": .duration(MonotonicTime.now - begin)])
        }
        return started
    }

    private func stopAll(_ started: [any LifecycleComponent]) async {
        for component in started.reversed() {
            let begin = MonotonicTime.now
            await component.stop()
            log.debug(
                "stopped a part",
                ["part": .string(component.name), "took": .duration(MonotonicTime.now - begin)])
        }
    }

    private func stop(_ why: Reason) {
        reason.withLock { reason in
            if reason == nil { reason = why }
            if phaseNow.load(ordering: .relaxed) == .ready { phaseNow.store(.draining, ordering: .releasing) }
        }
        signals.beginGracePeriod()
        requests.finish()
    }

    private var isStopping: Bool { reason.withLock { $0 != nil } }

    private var exitCode: ExitCode {
        switch reason.withLock({ $0 }) {
        case .failed(let error): error is ConfigError ? .config : .software
        case .asked, nil: .clean
        }
    }
}
