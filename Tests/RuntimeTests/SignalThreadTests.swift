import Glibc
import TestSupport
import Testing

@testable import Runtime

/// In a process of its own, as the numbers of descriptors are everybody's.
@Suite struct SignalThreadTests {
    @Test func `who gave up writes nothing into what has the numbers of its pipe now`() async {
        await #expect(processExitsWith: .success) {
            ExitTestProcess.speakUp()
            // The timers of tasks have descriptors too, from the first one on.
            try await Task.sleep(for: .milliseconds(1))
            let before = NewPipe()
            before.close()
            let thread = SignalThread(gracePeriod: .zero)
            precondition(before.open == 2, "the lowest free numbers are given out first")
            thread.catchSignals()
            thread.start { _ in
            } giveUp: { _ in
            }
            thread.beginGracePeriod()
            try await eventually("the end of the thread") { before.open == 0 }
            let heir = NewPipe()
            precondition(heir == before)
            thread.receive(SIGTERM)
            raise(SIGTERM)
            thread.finish()
            #expect(heir.isEmpty)
        }
    }
}

private struct NewPipe: Equatable {
    let readEnd: Int32
    let writeEnd: Int32

    init() {
        var ends: [Int32] = [-1, -1]
        precondition(pipe(&ends) == 0)
        (readEnd, writeEnd) = (ends[0], ends[1])
    }

    /// How many of the numbers are somebody's.
    var open: Int { [readEnd, writeEnd].count { fcntl($0, F_GETFD) >= 0 } }

    var isEmpty: Bool {
        var query = pollfd(fd: readEnd, events: Int16(POLLIN), revents: 0)
        return poll(&query, 1, 0) == 0
    }

    func close() {
        Glibc.close(readEnd)
        Glibc.close(writeEnd)
    }
}
