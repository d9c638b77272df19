import Redis

/// The books of one queue at one moment: what came in has to be somewhere.
package struct Balance: Sendable, Hashable {
    package let enqueued: Int
    package let repushed: Int
    /// What something else wrote into the queue's keys.
    package let foreign: Int
    package let done: Int
    package let dead: Int
    package let cancelled: Int
    package let expired: Int
    /// What was nowhere, and has been written off.
    package let lost: Int
    package let ready: Int
    package let due: Int
    package let suspect: Int
    package let leased: Int
    /// Dead jobs that are not in PostgreSQL yet; they count as dead already.
    package let unstored: Int
    package let workers: Int
    package let readyByPriority: [Int]
    package let readyByKey: Int

    package static func read(_ keys: QueueKeys, from redis: some RedisCaller) async throws -> Balance {
        let answer = try await redis.run(BalanceScript.script, keys: 1, expecting: 1) { $0.append(keys.base) }
        let numbers = try answer.expectArray().compactMap(\.int)
        guard numbers.count == 18 else {
            throw RedisError.unexpectedReply(wanted: "18 counts", got: "\(numbers.count)")
        }
        return Balance(
            enqueued: numbers[0], repushed: numbers[1], foreign: numbers[2], done: numbers[3], dead: numbers[4],
            cancelled: numbers[5], expired: numbers[6], lost: numbers[7], ready: numbers[8], due: numbers[9],
            suspect: numbers[10], leased: numbers[11], unstored: numbers[12], workers: numbers[13],
            readyByPriority: Array(numbers[14...16]), readyByKey: numbers[17])
    }

    /// Writes off what the books are off by, as foreign or lost. False when they are off by something else by now.
    package func writeOff(_ keys: QueueKeys, in redis: some RedisCaller) async throws -> Bool {
        try await redis.run(WriteOffScript.script, keys: 1, expecting: 2) { writer in
            writer.append(keys.base)
            writer.append(difference)
        }.expectInt() == 1
    }

    /// All that came in.
    package var entered: Int { enqueued + repushed + foreign }

    /// Jobs that wait, in any state.
    package var waiting: Int { ready + due + suspect }

    /// What came in and is nowhere: 0 when the books balance.
    package var difference: Int { entered - done - dead - cancelled - expired - lost - waiting - leased }
}
