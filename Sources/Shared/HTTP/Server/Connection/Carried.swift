/// Carries what belongs to a loop into a task that runs on that loop, as tasks of `spawnImmediately` do.
///
/// Safe, though the compiler cannot see it: made on the loop, and opened by code that never runs elsewhere.
struct Carried<Value>: @unchecked Sendable {
    let value: Value

    init(_ value: Value) { self.value = value }
}
