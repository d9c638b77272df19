import Glibc

/// A seeded source of randomness. It prints its seed; the environment's `SEED` repeats a run.
package struct Seed: RandomNumberGenerator, Sendable {
    package let value: UInt64
    private var state: UInt64

    package init(_ value: UInt64) {
        self.value = value
        state = value
    }

    /// The seed of the environment, or else a new one, printed with the name of the test that takes it.
    package init(for test: String = #function) {
        let given = getenv("SEED").flatMap { UInt64(String(cString: $0)) }
        self.init(given ?? UInt64.random(in: 1...UInt64(UInt32.max)))
        print("SEED=\(value) repeats \(test)")
    }

    /// SplitMix64.
    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// Long versions of randomised and fault tests run only under `make soak`.
package enum Soak {
    package static var isOn: Bool { Environment["SOAK"] != nil }
}
