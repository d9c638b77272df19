import Runtime
import Testing

@Suite struct ManualClockTests {
    let clock = ManualClock(Timestamp(seconds: 1000))

    @Test func `time stands still until it is moved`() {
        #expect(clock.now == Timestamp(seconds: 1000))
        clock.advance(by: .milliseconds(1500))
        #expect(clock.now == Timestamp(milliseconds: 1_001_500))
    }

    @Test func `sleepers wake when their time has come and not before`() async throws {
        let short = Task { try await clock.sleep(for: .seconds(10)) }
        let long = Task { try await clock.sleep(for: .seconds(20)) }
        await clock.untilSleeping(2)
        clock.advance(by: .seconds(9))
        #expect(clock.sleeperCount == 2)
        clock.advance(by: .seconds(1))
        #expect(clock.sleeperCount == 1)
        try await short.value
        clock.advance(by: .seconds(10))
        try await long.value
    }

    @Test func `sleepers wake in the order of their deadlines`() async throws {
        let loops = LoopGroup(count: 1)
        defer { loops.stop() }
        let loop = loops.loops[0]
        let woken = await withTaskGroup(of: Int.self) { group in
            for seconds in [3, 1, 2] {
                // On one loop, tasks run in the order in which they are resumed.
                group.addTask(executorPreference: loop) { [clock] in
                    try? await clock.sleep(for: .seconds(seconds))
                    return seconds
                }
            }
            await clock.untilSleeping(3)
            // The last has lain down, and goes on at once if it is woken before it sleeps: the loop comes to this after it.
            await loop.spawn {}.value
            clock.advance(by: .seconds(5))
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(woken == [1, 2, 3])
    }

    @Test func `a cancelled sleeper wakes at once`() async {
        let sleeper = Task { try await clock.sleep(for: .seconds(10)) }
        await clock.untilSleeping()
        sleeper.cancel()
        await #expect(throws: CancellationError.self) { try await sleeper.value }
        #expect(clock.sleeperCount == 0)
    }

    @Test func `a time that is past is not waited for`() async throws {
        try await clock.sleep(until: Timestamp(seconds: 999))
        try await clock.sleep(until: clock.now)
    }

    @Test func `a thousand sleeps cancelled at any moment all end`() async {
        await withTaskGroup { group in
            for turn in 0..<1000 {
                group.addTask {
                    let sleeper = Task { try await clock.sleep(for: .seconds(1)) }
                    if turn % 3 == 0 { await Task.yield() }
                    sleeper.cancel()
                    _ = await sleeper.result
                }
            }
        }
        #expect(clock.sleeperCount == 0)
    }
}

@Suite struct SystemClockTests {
    @Test func `it sleeps until the time, on a loop and off`() async throws {
        let loops = LoopGroup(count: 1)
        defer { loops.stop() }
        let clock = SystemClock()
        let deadline = clock.now + .milliseconds(20)
        try await clock.sleep(until: deadline)
        #expect(clock.now >= deadline)
        let onLoop = Task(executorPreference: loops.loops[0]) {
            try await clock.sleep(for: .milliseconds(20))
            #expect(EventLoop.current === loops.loops[0])
        }
        try await onLoop.value
    }

    @Test func `it ends early when cancelled`() async {
        let loops = LoopGroup(count: 1)
        defer { loops.stop() }
        let sleeper = Task(executorPreference: loops.loops[0]) { try await SystemClock().sleep(for: .hours(1)) }
        sleeper.cancel()
        await #expect(throws: CancellationError.self) { try await sleeper.value }
    }
}
