import Glibc
import TestSupport
import Testing

@testable import Runtime

/// In a process of its own, as the numbers of descriptors are everybody's.
@Suite struct SignalThreadTests {
    @Test func `who gave up writes nothing into what has the numbers of its pipe now`() async {
        await #expect(processExitsWith: .success) {
            ExitTestProcess.speakUp()
            let thread = SignalThread(gracePeriod: .zero)
            let ends = [thread.readEnd, thread.writeEnd]
            thread.catchSignals()
            thread.start { _ in
            } giveUp: { _ in
            }
            thread.beginGracePeriod()
            try await eventually("the end of the thread") { ends.allSatisfy { fcntl($0, F_GETFD) < 0 } }
            let heir = NewPipe(at: ends)
            thread.receive(SIGTERM)
            raise(SIGTERM)
            thread.finish()
            #expect(heir.isEmpty)
        }
    }
}

/// A pipe whose ends have the numbers that it is told.
private struct NewPipe {
    private let readEnd: Int32

    init(at numbers: [Int32]) {
        var ends: [Int32] = [-1, -1]
        precondition(pipe(&ends) == 0)
        // Out of the way first, since the kernel may have given one the number that the other is to have.
        let away = ends.map { fcntl($0, F_DUPFD, 200) }
        for (end, number) in zip(away, numbers) { precondition(dup2(end, number) == number) }
        readEnd = numbers[0]
    }

    var isEmpty: Bool {
        var query = pollfd(fd: readEnd, events: Int16(POLLIN), revents: 0)
        return poll(&query, 1, 0) == 0
    }
}
