import Glibc

/// Random numbers that a seed brings back: `SEED=… swift test` repeats a run.
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// Prints its seed, so that a failure can be repeated.
    static func announced(_ name: String = #function) -> SeededRandom {
        let given = getenv("SEED").flatMap { UInt64(String(cString: $0)) }
        let seed = given ?? UInt64.random(in: 0...UInt64.max)
        print("\(name): SEED=\(seed)")
        return SeededRandom(seed: seed)
    }

    /// More rounds where there is time for them.
    static func rounds(_ count: Int) -> Int { getenv("SOAK") == nil ? count : count * 100 }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
