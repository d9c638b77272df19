import Glibc
import Runtime
import Synchronization

/// What happens while `top` runs: time passes, keys are pressed, the window changes.
final class TopEvents: Sendable {
    enum Key: Sendable { case quit, hold, up, down, left, right }

    enum Event: Sendable {
        case tick
        case key(Key)
        case resized
        /// After Ctrl-Z, when the terminal has been given back.
        case resumed
    }

    let stream: AsyncStream<Event>
    private let continuation: AsyncStream<Event>.Continuation
    private let isStopped = Atomic<Bool>(false)

    init(every interval: Duration, loops: LoopGroup) {
        (stream, continuation) = AsyncStream.makeStream(of: Event.self, bufferingPolicy: .bufferingNewest(64))
        Interruption.observeScreen { [continuation] event in
            continuation.yield(event == .resized ? .resized : .resumed)
        }
        Thread.start(name: "keys") { [self] in readKeys() }
        loops.next().spawn { [self] in
            while !isStopped.load(ordering: .relaxed) {
                try? await SystemClock().sleep(for: interval)
                continuation.yield(.tick)
            }
        }
    }

    func stop() {
        isStopped.store(true, ordering: .relaxed)
        Interruption.observeScreen(nil)
        continuation.finish()
    }

    private func readKeys() {
        var parser = KeyParser()
        var bytes = [UInt8](repeating: 0, count: 64)
        while !isStopped.load(ordering: .relaxed) {
            var query = pollfd(fd: 0, events: Int16(POLLIN), revents: 0)
            guard poll(&query, 1, 200) > 0 else { continue }
            let count = read(0, &bytes, bytes.count)
            if count < 0, errno == EINTR || errno == EAGAIN { continue }
            // A terminal that is gone has nobody before it.
            guard count > 0 else {
                continuation.yield(.key(.quit))
                return
            }
            for key in parser.keys(in: bytes[..<count]) { continuation.yield(.key(key)) }
        }
    }
}

/// Makes keys of bytes: arrows are `ESC [ A` to `D`, or `ESC O A` in some terminals; j and k move too.
struct KeyParser {
    private var sequence: [UInt8] = []

    mutating func keys(in bytes: ArraySlice<UInt8>) -> [TopEvents.Key] {
        bytes.compactMap { key(for: $0) }
    }

    private mutating func key(for byte: UInt8) -> TopEvents.Key? {
        if byte == 0x1B || !sequence.isEmpty {
            if byte == 0x1B { sequence = [] }
            sequence.append(byte)
            guard sequence.count == 3 else {
                if sequence.count == 2, byte != UInt8(ascii: "["), byte != UInt8(ascii: "O") { sequence = [] }
                return nil
            }
            sequence = []
            return arrow(byte)
        }
        return switch Character(Unicode.Scalar(byte)) {
        case "q", "Q": .quit
        case " ": .hold
        case "k": .up
        case "j": .down
        case "h": .left
        case "l": .right
        default: nil
        }
    }

    private func arrow(_ byte: UInt8) -> TopEvents.Key? {
        switch Character(Unicode.Scalar(byte)) {
        case "A": .up
        case "B": .down
        case "C": .right
        case "D": .left
        default: nil
        }
    }
}
