/// What waits for a client that reads more slowly than it is sent to. Frames are held, not copied.
struct Outbox {
    private struct Entry {
        let bytes: [UInt8]
        let isDroppable: Bool
    }

    private var entries: [Entry] = []
    /// The entries before it have gone.
    private var first = 0
    private(set) var byteCount = 0

    var isEmpty: Bool { first == entries.count }

    mutating func append(_ bytes: [UInt8], isDroppable: Bool) {
        entries.append(Entry(bytes: bytes, isDroppable: isDroppable))
        byteCount += bytes.count
    }

    mutating func popFirst() -> [UInt8]? {
        guard first < entries.count else { return nil }
        let bytes = entries[first].bytes
        entries[first] = Entry(bytes: [], isDroppable: false)
        first += 1
        byteCount -= bytes.count
        if isEmpty { self = Outbox() }
        return bytes
    }

    /// Answers how many were thrown away.
    mutating func dropDroppable() -> Int {
        let kept = entries[first...].filter { !$0.isDroppable }
        let dropped = entries.count - first - kept.count
        entries = kept
        first = 0
        byteCount = kept.reduce(0) { $0 + $1.bytes.count }
        return dropped
    }
}
