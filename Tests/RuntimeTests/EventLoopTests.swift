import CSystem
import Glibc
import Runtime
import Synchronization
import Testing

struct EventLoopTests {
    let group = LoopGroup(count: 2)

    private func onLoop<Value: Sendable>(
        _ index: Int = 0, _ body: @escaping @Sendable (isolated LoopDomain) async throws -> Value
    ) async throws -> Value {
        try await Task(executorPreference: group.loops[index]) { try await body(group.loops[index].domain) }.value
    }

    @Test func `a spawned task runs on its loop, also after it slept`() async throws {
        let loop = group.loops[1]
        let places = try await Task(executorPreference: loop) {
            let before = loop.isCurrent
            try await loop.domain.sleep(for: .milliseconds(2))
            return [before, loop.isCurrent]
        }.value
        #expect(places == [true, true])
    }

    @Test func `a same-loop call does not leave the turn`() async throws {
        let order = try await onLoop { domain in
            var order: [String] = []
            domain.loop.execute { _ in }
            order.append(await step("first", on: domain))
            order.append(await step("second", on: domain))
            return order
        }
        #expect(order == ["first", "second"])
    }

    @Test func `timers fire in the order of their deadlines`() async throws {
        let fired = try await onLoop { domain in
            let record = Record()
            // So far apart that they are set in time even where the machine stops for a moment.
            for delay in [900, 300, 700, 100, 500] {
                domain.schedule(after: .milliseconds(delay)) { record.values.append(delay) }
            }
            while record.values.count < 5 { try await domain.sleep(for: .milliseconds(1)) }
            return record.values
        }
        #expect(fired == [100, 300, 500, 700, 900])
    }

    @Test func `a cancelled timer never fires`() async throws {
        let fired = try await onLoop { domain in
            let record = Record()
            let token = domain.schedule(after: .milliseconds(1)) { record.values.append(1) }
            domain.cancel(token)
            domain.schedule(after: .milliseconds(2)) { record.values.append(2) }
            domain.cancel(token)
            while record.values.isEmpty { try await domain.sleep(for: .milliseconds(1)) }
            return record.values
        }
        #expect(fired == [2])
    }

    @Test func `100,000 timers wait on one loop and all fire`() async throws {
        let fired = try await onLoop { domain in
            let record = Record()
            for number in 0..<100_000 {
                domain.schedule(after: .microseconds(number % 1000)) { record.values.append(number) }
            }
            while record.values.count < 100_000 { try await domain.sleep(for: .milliseconds(1)) }
            return (record.values.count, domain.timerCount)
        }
        #expect(fired == (100_000, 0))
    }

    @Test func `a cancelled sleeper wakes at once`() async throws {
        let sleeper = Task(executorPreference: group.loops[0]) { [group] in
            try await group.loops[0].domain.sleep(for: .seconds(600))
        }
        sleeper.cancel()
        await #expect(throws: CancellationError.self) { try await sleeper.value }
        #expect(try await onLoop { $0.timerCount } == 0)
    }

    @Test func `a loop is woken from another thread by every burst of work`() async throws {
        let loop = group.loops[0]
        let count = 20_000
        let total = await withTaskGroup(of: Int.self) { tasks in
            for _ in 0..<8 {
                tasks.addTask {
                    var done = 0
                    for _ in 0..<count / 8 where await answers(on: loop.domain) { done += 1 }
                    return done
                }
            }
            return await tasks.reduce(0, +)
        }
        #expect(total == count)
    }

    @Test func `an event of a closed descriptor does not reach its successor`() async throws {
        let heard = try await onLoop { domain in
            var pair: [Int32] = [0, 0]
            socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &pair)
            let old = Listening()
            let registration = try domain.register(old, descriptor: pair[0], interest: .readable)
            domain.deregister(registration)
            let new = Listening()
            let renewed = try domain.register(new, descriptor: pair[0], interest: [])
            // Late calls under the old registration must not touch the new one.
            domain.setInterest(.readable, of: registration)
            domain.deregister(registration)
            write(pair[1], "x", 1)
            domain.setInterest(.readable, of: renewed)
            while new.events == 0 { try await domain.sleep(for: .milliseconds(1)) }
            domain.deregister(renewed)
            close(pair[0])
            close(pair[1])
            return (old.events, new.events > 0)
        }
        #expect(heard == (0, true))
    }

    @Test func `a task that never ends its turn's work does not starve timers and events`() async throws {
        let loop = group.loops[0]
        let mustStop = Flag()
        let busy = Task(executorPreference: loop) {
            while !mustStop.isSet { await Task.yield() }
        }
        try await onLoop { try await $0.sleep(for: .milliseconds(5)) }
        mustStop.set()
        await busy.value
    }

    @Test func `a flush of thousands lets the loop turn, and others go first`() async throws {
        let record = try await onLoop { domain in
            let record = FlushRecord()
            for number in 1...1000 { domain.flushInBulk(NumberedSource(number, record)) }
            domain.flushAtEndOfTurn(NumberedSource(0, record))
            domain.schedule(after: .zero) { record.flushedAtTimer = record.numbers.count }
            while record.numbers.count <= 1000 { try await domain.sleep(for: .zero) }
            return (record.numbers, record.flushedAtTimer)
        }
        #expect(record.0 == Array(0...1000))
        #expect(record.1 < 1000)
    }

    @Test func `a value of one loop is refused on another`() async throws {
        let bound = LoopBound(Record(), to: group.loops[0])
        let count = try await onLoop { bound.value(on: $0).values.count }
        #expect(count == 0)
    }

    @Test func `what is queued beyond the limit of a thread pool is refused`() async throws {
        let pool = ThreadPool(name: "tested", threads: 1, queueLimit: 1)
        let gate = Semaphore()
        let entered = Semaphore()
        async let running: Void = pool.run {
            entered.signal()
            gate.wait()
        }
        await Task.detached { entered.wait() }.value
        async let queued = pool.run { 7 }
        while pool.queued == 0 { await Task.yield() }
        await #expect(throws: ThreadPool.Full.self) { try await pool.run { 8 } }
        gate.signal()
        try await running
        #expect(try await queued == 7)
        pool.stop()
        await #expect(throws: ThreadPool.Stopped.self) { try await pool.run { 9 } }
    }
}

private func step(_ name: String, on domain: isolated LoopDomain) async -> String { name }

private func answers(on domain: isolated LoopDomain) async -> Bool { domain.loop.isCurrent }

/// What happened on one loop.
private final class Record {
    var values: [Int] = []
}

private final class Flag: Sendable {
    private let state = Atomic<Bool>(false)
    var isSet: Bool { state.load(ordering: .relaxed) }
    func set() { state.store(true, ordering: .relaxed) }
}

private final class Listening: IOSource {
    var events = 0

    func ready(_ events: IOEvents, on domain: isolated LoopDomain) { self.events += 1 }
}

private final class FlushRecord {
    var numbers: [Int] = []
    var flushedAtTimer = 0
}

/// Notes its number when it is flushed.
private final class NumberedSource: IOSource {
    private let number: Int
    private let record: FlushRecord

    init(_ number: Int, _ record: FlushRecord) {
        self.number = number
        self.record = record
    }

    func ready(_ events: IOEvents, on domain: isolated LoopDomain) {}
    func flush(on domain: isolated LoopDomain) { record.numbers.append(number) }
}
