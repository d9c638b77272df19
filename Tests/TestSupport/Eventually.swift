import Testing

/// Says that a condition a test waited for never held.
package struct NeverHappened: Error, CustomStringConvertible {
    package let description: String

    init(_ what: String, within limit: Duration, at location: SourceLocation) {
        description = "\(what) did not happen within \(limit), \(location.fileID):\(location.line)"
    }
}

/// Waits until the condition holds; throws when the limit passes first. An error of the condition ends the wait.
package func eventually(
    _ what: String = "what the test waits for", within limit: Duration = .seconds(90),
    sourceLocation: SourceLocation = #_sourceLocation, _ condition: () async throws -> Bool
) async throws {
    _ = try await eventuallySome(what, within: limit, sourceLocation: sourceLocation) {
        try await condition() ? () : nil
    }
}

/// Waits until there is a value, and returns it.
package func eventuallySome<Value>(
    _ what: String = "what the test waits for", within limit: Duration = .seconds(90),
    sourceLocation: SourceLocation = #_sourceLocation, _ value: () async throws -> Value?
) async throws -> Value {
    let deadline = ContinuousClock.now + limit
    var checks = 0
    while true {
        if let found = try await value() { return found }
        checks += 1
        // Where all threads are busy with other tests, the time may pass before what is waited for gets its turn.
        guard ContinuousClock.now < deadline || checks < 100 else {
            throw NeverHappened(what, within: limit, at: sourceLocation)
        }
        try await Task.sleep(for: .milliseconds(5))
    }
}
