/// Which messages somebody sees who belongs to a conversation: those since they came, and those of earlier stays.
package struct Stays: Sendable, Equatable {
    /// Of the present stay.
    let fromSeq: Int64
    /// What earlier stays cover.
    private(set) var earlier: [ClosedRange<Int64>] = []

    package init(from seq: Int64) { fromSeq = seq }

    package mutating func add(earlier first: Int64, to last: Int64) {
        // Nothing was said meanwhile.
        guard first <= last else { return }
        earlier.append(first...last)
    }

    /// What bears no seq is about the conversation itself.
    package func sees(_ seq: Int64) -> Bool {
        seq == 0 || seq >= fromSeq || earlier.contains { $0.contains(seq) }
    }
}
