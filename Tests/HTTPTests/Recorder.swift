import Synchronization

/// Numbers in the order in which they were noted.
final class Recorder: Sendable {
    private let noted = Mutex<[Int]>([])

    func add(_ number: Int) { noted.withLock { $0.append(number) } }

    var numbers: [Int] { noted.withLock { $0 } }
}
