import Queue
import Redis
import Runtime

/// What a benchmark leaves behind that is killed: found by the next one.
extension Yardstick {
    /// How long it counts as running after it last said so.
    private static let memory = Duration.seconds(30)

    private var sign: String { Self.sign(under: queue.prefix) }

    static func sign(under prefix: String) -> String { prefix + "alive" }

    /// Removes every key, and the sign.
    package func leave() async throws {
        try await clean()
        try await redis.call("DEL", sign)
    }

    /// Says that the keys of this one are in use, until the task is cancelled.
    package func showSigns() async {
        while !Task.isCancelled {
            _ = try? await redis.call("SET", sign, "1", "PX", Self.memory.milliseconds)
            try? await SystemClock().sleep(for: Self.memory / 6)
        }
    }

    /// Removes the keys of benchmarks whose prefixes begin like this and that are not running any more. How many of them
    /// there were.
    @discardableResult
    package func cleanLeftovers(beginning start: String) async throws -> Int {
        var prefixes = Set<String>()
        var cursor = "0"
        repeat {
            let answer = try await redis.call(
                "SCAN", cursor, "MATCH", start.escapedForMatch + "*", "COUNT", 2000
            ).expectArray()
            cursor = answer.first?.string ?? "0"
            for key in answer.last?.array?.compactMap(\.string) ?? [] {
                if let end = key.dropFirst(start.count).firstIndex(of: ":") { prefixes.insert(String(key[...end])) }
            }
        } while cursor != "0"
        prefixes.remove(queue.prefix)
        var count = 0
        for prefix in prefixes where try await redis.call("EXISTS", Self.sign(under: prefix)).int == 0 {
            try await clean(under: prefix)
            count += 1
        }
        return count
    }
}
