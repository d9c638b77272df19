/// The jobs that wait for their turn on one loop, first in, first out. Grows, never shrinks.
struct JobRing: ~Copyable {
    private var slots: UnsafeMutablePointer<UnownedJob>
    /// A power of two, so that positions wrap by a mask.
    private var capacity = 256
    private var head = 0
    private(set) var count = 0

    init() { slots = .allocate(capacity: capacity) }

    deinit { slots.deallocate() }

    mutating func append(_ job: UnownedJob) {
        if count == capacity { grow() }
        (slots + ((head &+ count) & (capacity &- 1))).initialize(to: job)
        count &+= 1
    }

    mutating func popFirst() -> UnownedJob? {
        guard count > 0 else { return nil }
        let job = slots[head]
        head = (head &+ 1) & (capacity &- 1)
        count &-= 1
        return job
    }

    private mutating func grow() {
        let larger = UnsafeMutablePointer<UnownedJob>.allocate(capacity: capacity * 2)
        for offset in 0..<count { (larger + offset).initialize(to: slots[(head + offset) & (capacity - 1)]) }
        slots.deallocate()
        slots = larger
        capacity *= 2
        head = 0
    }
}
