/// Carries a value that belongs to one loop through code that does not: anyone may hold it, only the loop may open it.
public final class LoopBound<Value>: Sendable {
    public let loop: EventLoop
    // Safe: handed over at `init` (`sending`: nobody else can reach it), and opened only on the loop's own thread.
    @usableFromInline nonisolated(unsafe) let bound: Value

    public init(_ value: sending Value, to loop: EventLoop) {
        bound = value
        self.loop = loop
    }

    public func value(on domain: isolated LoopDomain) -> Value {
        precondition(domain === loop.domain, "a value of another loop")
        return bound
    }
}

extension LoopBound {
    /// Lends the value to code that needs no domain, on the loop's own thread. What comes out is `Sendable`, so the value
    /// itself cannot leave; and the closure never escapes, so it costs nothing.
    @inlinable @inline(__always)
    public func lend<Result: Sendable>(_ body: (Value) -> Result) -> Result {
        precondition(loop.isCurrent, "a value of another loop")
        return body(bound)
    }

    /// Opens the value on the loop's own thread, where whatever runs is in the domain, task or not.
    @inlinable @inline(__always)
    public func onCurrentLoop<Result: Sendable>(_ body: (Value, isolated LoopDomain) -> Result) -> Result {
        loop.withCurrent(bound, body)
    }
}

extension EventLoop {
    /// Hands `value`, which belongs to this loop, to code of the domain, from the loop's own thread.
    ///
    /// As `domain.assumeIsolated`, with a cheaper check: one comparison of pointers instead of a search through the
    /// runtime's records, which would cost as much as writing a command.
    @inlinable @inline(__always)
    public func withCurrent<Value, Result>(_ value: Value, _ body: (Value, isolated LoopDomain) -> Result) -> Result {
        precondition(isCurrent, "a value of another loop")
        typealias Unchecked = (Value, LoopDomain) -> Result
        // Isolation is only a promise of the caller, which the line above has kept; the function takes the same
        // arguments either way. The standard library's `assumeIsolated` does the same.
        return withoutActuallyEscaping(body) { unsafeBitCast($0, to: Unchecked.self)(value, domain) }
    }
}
