import Redis

/// Takes back the jobs of workers whose lease has ended.
package struct Recovery: Sendable {
    package struct Counts: Sendable {
        package let incarnations: Int
        package let ready: Int
        package let suspects: Int
        package let dead: Int
    }

    private let redis: RedisClient
    private let options: WorkerOptions

    package init(redis: RedisClient, options: WorkerOptions = WorkerOptions()) {
        self.redis = redis
        self.options = options
    }

    /// With an incarnation: that one at once, since somebody saw it die.
    package func reap(_ base: String, incarnation: String = "") async throws -> Counts {
        FaultPoint.reapSending.pass()
        defer { FaultPoint.reapAnswered.pass() }
        let answer = try await redis.run(ReapScript.script, keys: 1, expecting: 4) { writer in
            writer.append(base)
            writer.append(options.mortalCrashes)
            writer.append(options.suspiciousCrashes)
            writer.append(incarnation)
        }
        let numbers = try answer.expectArray().compactMap(\.int)
        guard numbers.count == 4 else {
            throw RedisError.unexpectedReply(wanted: "four counts", got: "\(numbers.count)")
        }
        return Counts(incarnations: numbers[0], ready: numbers[1], suspects: numbers[2], dead: numbers[3])
    }
}
