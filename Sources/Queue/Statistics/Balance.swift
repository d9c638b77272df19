import Redis

/// The books of one queue at one moment: what came in has to be somewhere.
package struct Balance: Sendable, Hashable {
    package let enqueued: Int
    package let repushed: Int
    package let done: Int
    package let dead: Int
    package let cancelled: Int
    package let expired: Int
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
        guard numbers.count == 16 else {
            throw RedisError.unexpectedReply(wanted: "16 counts", got: "\(numbers.count)")
        }
        return Balance(
            enqueued: numbers[0], repushed: numbers[1], done: numbers[2], dead: numbers[3], cancelled: numbers[4],
            expired: numbers[5], ready: numbers[6], due: numbers[7], suspect: numbers[8], leased: numbers[9],
            unstored: numbers[10], workers: numbers[11], readyByPriority: Array(numbers[12...14]),
            readyByKey: numbers[15])
    }

    /// Jobs that wait, in any state.
    package var waiting: Int { ready + due + suspect }

    /// What came in and is nowhere: 0 when the books balance.
    package var difference: Int { enqueued + repushed - done - dead - cancelled - expired - waiting - leased }
}
