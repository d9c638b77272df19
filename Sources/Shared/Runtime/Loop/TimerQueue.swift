/// Names one scheduled timer; stale once the timer has fired or was cancelled.
public struct TimerToken: Hashable, Sendable {
    fileprivate let slot: Int32
    fileprivate let generation: UInt32
}

/// Timers by deadline: a heap with four children per node, whose entries know their place so that they can be removed.
struct TimerQueue<Action> {
    private struct Entry {
        let deadline: MonotonicTime
        let slot: Int32
    }

    private struct Slot {
        var action: Action?
        var generation: UInt32 = 0
        var position: Int32 = 0
    }

    private var heap: [Entry] = []
    private var slots: [Slot] = []
    private var freeSlots: [Int32] = []

    var count: Int { heap.count }
    var nextDeadline: MonotonicTime? { heap.first?.deadline }

    mutating func insert(at deadline: MonotonicTime, _ action: Action) -> TimerToken {
        let slot = takeSlot()
        slots[Int(slot)].action = action
        heap.append(Entry(deadline: deadline, slot: slot))
        moveUp(from: heap.count - 1)
        return TimerToken(slot: slot, generation: slots[Int(slot)].generation)
    }

    /// The action of the timer, which now will not fire; nil when it already did.
    @discardableResult
    mutating func remove(_ token: TimerToken) -> Action? {
        guard Int(token.slot) < slots.count, slots[Int(token.slot)].generation == token.generation,
            let action = slots[Int(token.slot)].action
        else { return nil }
        removeEntry(at: Int(slots[Int(token.slot)].position))
        release(token.slot)
        return action
    }

    /// The action of the earliest timer if its deadline is not after `now`.
    mutating func popDue(at now: MonotonicTime) -> Action? {
        guard let first = heap.first, first.deadline <= now else { return nil }
        let action = slots[Int(first.slot)].action
        removeEntry(at: 0)
        release(first.slot)
        return action
    }

    // MARK: Slots

    private mutating func takeSlot() -> Int32 {
        if let free = freeSlots.popLast() { return free }
        slots.append(Slot())
        return Int32(slots.count - 1)
    }

    private mutating func release(_ slot: Int32) {
        slots[Int(slot)].action = nil
        slots[Int(slot)].generation &+= 1
        freeSlots.append(slot)
    }

    // MARK: Heap

    private mutating func removeEntry(at position: Int) {
        let last = heap.removeLast()
        guard position < heap.count else { return }
        place(last, at: position)
        moveDown(from: position)
        moveUp(from: Int(slots[Int(last.slot)].position))
    }

    private mutating func place(_ entry: Entry, at position: Int) {
        heap[position] = entry
        slots[Int(entry.slot)].position = Int32(position)
    }

    private mutating func moveUp(from start: Int) {
        let entry = heap[start]
        var position = start
        while position > 0 {
            let parent = (position - 1) / 4
            guard entry.deadline < heap[parent].deadline else { break }
            place(heap[parent], at: position)
            position = parent
        }
        place(entry, at: position)
    }

    private mutating func moveDown(from start: Int) {
        let entry = heap[start]
        var position = start
        while true {
            let firstChild = position * 4 + 1
            guard firstChild < heap.count else { break }
            var earliest = firstChild
            for child in firstChild..<min(firstChild + 4, heap.count)
            where heap[child].deadline < heap[earliest].deadline { earliest = child }
            guard heap[earliest].deadline < entry.deadline else { break }
            place(heap[earliest], at: position)
            position = earliest
        }
        place(entry, at: position)
    }
}
