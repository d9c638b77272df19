/// Carries a value that belongs to one loop through code that does not: anyone may hold it, only the loop may open it.
package final class LoopBound<Value>: Sendable {
    package let loop: EventLoop
    // Safe: handed over at `init` (`sending`: nobody else can reach it), and given out only inside the loop's own domain.
    nonisolated(unsafe) private let bound: Value

    package init(_ value: sending Value, to loop: EventLoop) {
        bound = value
        self.loop = loop
    }

    package func value(on domain: isolated LoopDomain) -> Value {
        precondition(domain === loop.domain, "a value of another loop")
        return bound
    }
}
