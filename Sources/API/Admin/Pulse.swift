import APIFrame
import HTTP
import JSON
import Model
import Queue
import Runtime
import Synchronization

/// How everything stands, every other second, for all who look: one look however many they are, none while nobody does.
final class Pulse: LifecycleComponent {
    let name = "dashboard events"
    static let interval = Duration.seconds(2)
    /// Whoever was let in is looked at anew after this long.
    static let visit = Duration.minutes(2)

    private struct Beat {
        let bytes: [UInt8]
        let number: Int
    }

    private struct State {
        var beat: Beat?
        var isLooking = false
        var isStopped = false
        var listeners = 0
        var waiting: [UInt64: CheckedContinuation<Void, Never>] = [:]
        var nextWaiter: UInt64 = 0
    }

    private let desk: AdminDesk
    private let loops: LoopGroup
    private let log: Logger
    private let state = Mutex(State())

    init(_ desk: AdminDesk, loops: LoopGroup, log: Logger) {
        self.desk = desk
        self.loops = loops
        self.log = log.part("dashboard")
    }

    func start() {}

    /// Whoever listens is let go.
    func stop() {
        wake { $0.isStopped = true }
    }

    func overview() async throws -> Overview {
        let standings = try await desk.standings()
        return Overview(queues: standings, openOperations: try await desk.operations.openCount())
    }

    /// Writes events until the visit is over, the client gone, or the process asked to stop.
    func tell(_ writer: any BodyWriter, until end: Timestamp) async throws {
        enter()
        defer { state.withLock { $0.listeners -= 1 } }
        try await writer.write(Array("retry: 2000\n\n".utf8))
        var last = -1
        while Timestamp.now < end {
            let (beat, isStopped) = state.withLock { ($0.beat, $0.isStopped) }
            if isStopped { return }
            if let beat, beat.number != last {
                last = beat.number
                try await writer.write(beat.bytes)
            } else {
                await nextBeat(after: last)
            }
        }
    }

    private func enter() {
        let mustLook = state.withLock { state in
            state.listeners += 1
            return exchange(&state.isLooking, with: true) == false
        }
        if mustLook { _ = loops.next().spawn { await self.look() } }
    }

    private func nextBeat(after last: Int) async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.isStopped || state.beat.map({ $0.number != last }) ?? false { return true }
                state.nextWaiter += 1
                state.waiting[state.nextWaiter] = continuation
                return false
            }
            if isThere { continuation.resume() }
        }
    }

    private func wake(_ change: (inout sending State) -> Void) {
        let waiting = state.withLock { state in
            change(&state)
            return exchange(&state.waiting, with: [:])
        }
        for continuation in waiting.values { continuation.resume() }
    }

    // MARK: Looking

    private func look() async {
        var number = 0
        while true {
            let goesOn = state.withLock { state in
                let goesOn = state.listeners > 0 && !state.isStopped
                if !goesOn {
                    state.isLooking = false
                    state.beat = nil
                }
                return goesOn
            }
            guard goesOn else { return }
            number += 1
            let bytes = await event()
            let beat = Beat(bytes: bytes, number: number)
            wake { $0.beat = beat }
            try? await SystemClock().sleep(for: Self.interval)
        }
    }

    /// A store that is away is news too.
    private func event() async -> [UInt8] {
        do {
            let text = try JSONCoder.text(try await overview())
            return Array("event: overview\ndata: \(text)\n\n".utf8)
        } catch {
            log.debug("the queues cannot be looked at", ["error": .error(error)])
            return Array("event: trouble\ndata: {}\n\n".utf8)
        }
    }
}

/// How everything stands.
struct Overview: Representable {
    let at = Timestamp.now
    let queues: [QueueStanding]
    let openOperations: Int

    static let representation = Representation<Overview>(
        "Overview", "How everything stands.",
        [
            .member("at") { $0.at },
            .member("queues") { $0.queues },
            .member("dead", "Dead letters that nobody has retried or deleted.") {
                $0.queues.reduce(0) { $0 + $1.dead }
            },
            .member("openOperations", "Bulk changes of dead letters that have not ended.") { $0.openOperations },
        ])
}
