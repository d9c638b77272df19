import Glibc
import Runtime
import Synchronization
import TestSupport
import Testing

@Suite struct LifecycleTests {
    let story = Story()
    let ends = Story()

    private func lifecycle(gracePeriod: Duration = .seconds(60)) -> Lifecycle {
        Lifecycle(gracePeriod: gracePeriod, log: .silent) { [ends] in ends.add("\($0.rawValue)") }
    }

    private func component(_ name: String, failing: Bool = false) -> Component {
        Component(name) { [story] in
            if failing { throw Broken() }
            story.add("start \(name)")
        } stop: { [story] in
            story.add("stop \(name)")
        }
    }

    struct Broken: Error {}

    @Test func `parts start in order and stop in reverse`() async throws {
        let lifecycle = lifecycle()
        let life = Task { await lifecycle.run([component("a"), component("b"), component("c")]) }
        try await eventually("readiness") { lifecycle.isReady }
        lifecycle.receive(signal: SIGTERM)
        #expect(await life.value == .clean)
        #expect(story.lines == ["start a", "start b", "start c", "stop c", "stop b", "stop a"])
        #expect(lifecycle.phase == .ended)
        #expect(ends.lines.isEmpty)
    }

    @Test func `what was started stops when a later part cannot start`() async {
        let lifecycle = lifecycle()
        let code = await LogCapture.during { capture in
            let code = await lifecycle.run([component("a"), component("b", failing: true), component("c")])
            let failure = capture.events.first { $0.level == .error }
            #expect(failure?.metadata["part"] == "b")
            #expect(failure?.metadata["error"] == "Broken()")
            return code
        }
        #expect(code == .software)
        #expect(story.lines == ["start a", "stop a"])
    }

    @Test func `readiness falls before the first part stops`() async throws {
        let lifecycle = lifecycle()
        let part = Component(
            "server", start: { [story] in story.add("ready while starting: \(lifecycle.isReady)") },
            stop: { [story] in story.add("ready while stopping: \(lifecycle.isReady)") })
        let life = Task { await lifecycle.run([part]) }
        try await eventually("readiness") { lifecycle.isReady }
        lifecycle.stop()
        #expect(!lifecycle.isReady)
        #expect(await life.value == .clean)
        #expect(story.lines == ["ready while starting: false", "ready while stopping: false"])
    }

    @Test func `a signal during the start ends it`() async throws {
        let lifecycle = lifecycle()
        let clock = ManualClock()
        let slow = Component("slow", start: { try await clock.sleep(for: .hours(1)) })
        let life = Task { await lifecycle.run([component("a"), slow, component("c")]) }
        await clock.untilSleeping()
        lifecycle.receive(signal: SIGINT)
        #expect(await life.value == .clean)
        #expect(story.lines == ["start a", "stop a"])
    }

    @Test func `a signal before the start is not lost`() async {
        let lifecycle = lifecycle()
        lifecycle.stop()
        #expect(await lifecycle.run([component("a")]) == .clean)
        #expect(story.lines.isEmpty)
    }

    @Test func `a part that fails stops the others`() async throws {
        let lifecycle = lifecycle()
        let life = Task { await lifecycle.run([component("a")]) }
        try await eventually("readiness") { lifecycle.isReady }
        lifecycle.fail(Broken(), in: "a")
        #expect(await life.value == .software)
        #expect(story.lines == ["start a", "stop a"])
    }

    @Test func `a wrong configuration found at the start has its own code`() async {
        let part = Component("store", start: { throw ConfigError(complaints: []) })
        #expect(await lifecycle().run([part]) == .config)
    }

    @Test func `a second signal ends at once`() async throws {
        let lifecycle = lifecycle()
        let stuck = StuckPart()
        let life = Task { await lifecycle.run([stuck]) }
        try await eventually("readiness") { lifecycle.isReady }
        lifecycle.receive(signal: SIGTERM)
        try await eventually("the stop") { stuck.isStopping }
        #expect(ends.lines.isEmpty)
        lifecycle.receive(signal: SIGTERM)
        try await eventually("the end") { ends.lines == ["143"] }
        stuck.release()
        _ = await life.value
    }

    @Test func `a terminal's signal and the runner's are one wish`() async throws {
        let lifecycle = lifecycle()
        let stuck = StuckPart()
        let life = Task { await lifecycle.run([stuck]) }
        try await eventually("readiness") { lifecycle.isReady }
        lifecycle.receive(signal: SIGINT)
        lifecycle.receive(signal: SIGTERM)
        try await eventually("the stop") { stuck.isStopping }
        stuck.release()
        #expect(await life.value == .clean)
        #expect(ends.lines.isEmpty)
    }

    @Test func `the grace period ends a stop that takes too long`() async throws {
        let lifecycle = lifecycle(gracePeriod: .milliseconds(30))
        let stuck = StuckPart()
        let life = Task { await lifecycle.run([stuck]) }
        try await eventually("readiness") { lifecycle.isReady }
        lifecycle.receive(signal: SIGTERM)
        try await eventually("the end") { ends.lines == ["75"] }
        stuck.release()
        _ = await life.value
    }
}

/// Does not stop until it is released.
private final class StuckPart: LifecycleComponent {
    let name = "stuck"
    private let stopping = Atomic<Bool>(false)
    private let gate = AsyncStream<Never>.makeStream()

    var isStopping: Bool { stopping.load(ordering: .acquiring) }

    func start() async {}

    func stop() async {
        stopping.store(true, ordering: .releasing)
        for await _ in gate.stream {}
    }

    func release() { gate.continuation.finish() }
}

/// What happened, in order.
final class Story: Sendable {
    private let kept = Mutex<[String]>([])

    var lines: [String] { kept.withLock { $0 } }

    func add(_ line: String) { kept.withLock { $0.append(line) } }
}
