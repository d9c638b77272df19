import Crypto
import Redis
import Runtime
import Synchronization

/// Counts attempts, for all processes together in Redis; each process for itself while Redis is away.
package struct Throttle: Sendable {
    /// What is counted: so many in a time that begins with the first.
    struct Bucket: Sendable {
        let name: String
        let limit: Int
        let window: Duration

        /// What is counted by may be an address or a number of a person, so only its hash goes into the key. A limit of
        /// 0 is none.
        init(_ kind: StaticString, _ subject: String, limit: Int, window: Duration) {
            name = "\(kind):" + Hex.encode(Hash.sha256(subject)[..<16])
            self.limit = limit
            self.window = window
        }
    }

    private let redis: RedisClient
    private let prefix: String
    private let own = OwnCounts()
    private let breaker = Breaker()
    /// People wait meanwhile.
    private static let patience = Duration.milliseconds(250)

    package init(redis: RedisClient, prefix: String) {
        self.redis = redis
        self.prefix = prefix + "throttle:"
    }

    /// Counts an attempt in each of the buckets; throws `tooManyAttempts` when one is full. Those before it have counted
    /// it all the same.
    func take(_ buckets: [Bucket]) async throws {
        for bucket in buckets where bucket.limit > 0 {
            let (count, left) = await count(bucket)
            guard count > bucket.limit else { continue }
            var problem = Problem(.tooManyAttempts, "Too many attempts. Wait before you try again.")
            problem.retryAfter = .seconds(max(1, (left.milliseconds + 999) / 1000))
            throw problem
        }
    }

    /// It was no guess after all.
    func giveBack(_ buckets: [Bucket]) async {
        for bucket in buckets where bucket.limit > 0 {
            let key = prefix + bucket.name
            own.giveBack(key)
            // An attempt that stays counted until its window ends harms nobody.
            _ = try? await run(Self.giveBackScript) { $0.append(key) }
        }
    }

    /// Nil while Redis is not worth asking.
    private func run(
        _ script: RedisScript, _ write: @Sendable (inout CommandWriter) -> Void
    ) async throws -> RedisValue? {
        guard breaker.mayAsk() else { return nil }
        do {
            let answer = try await redis.run(script, keys: 1, within: Self.patience, write)
            breaker.answered()
            return answer
        } catch {
            breaker.failed()
            throw error
        }
    }

    private func count(_ bucket: Bucket) async -> (count: Int, left: Duration) {
        let key = prefix + bucket.name
        do {
            let answer = try await run(Self.takeScript) { writer in
                writer.append(key)
                writer.append(bucket.window.milliseconds)
            }?.expectArray()
            guard let answer, answer.count == 2, let count = answer[0].int, let left = answer[1].int else {
                return own.take(key, window: bucket.window)
            }
            return (count, .milliseconds(left))
        } catch {
            return own.take(key, window: bucket.window)
        }
    }

    /// KEYS: counter. ARGV: milliseconds of the window. Returns the count, and the milliseconds left of the window.
    private static let takeScript = RedisScript(
        """
        local count = redis.call('INCR', KEYS[1])
        local left = redis.call('PTTL', KEYS[1])
        if left < 0 then
            redis.call('PEXPIRE', KEYS[1], ARGV[1])
            left = tonumber(ARGV[1])
        end
        return {count, left}
        """)

    /// KEYS: counter.
    private static let giveBackScript = RedisScript(
        """
        local count = tonumber(redis.call('GET', KEYS[1]) or '0')
        if count > 0 then return redis.call('DECR', KEYS[1]) end
        return 0
        """)
}

/// The counts of this process, for the time in which Redis does not answer.
private final class OwnCounts: Sendable {
    private struct Count {
        var value: Int
        let end: MonotonicTime
    }

    private let counts = Mutex<[String: Count]>([:])
    private static let most = 20_000

    func take(_ key: String, window: Duration) -> (count: Int, left: Duration) {
        let now = MonotonicTime.now
        return counts.withLock { counts in
            if counts.count >= Self.most { counts = counts.filter { $0.value.end > now } }
            // Somebody fills the table with ever new subjects: better no counts than no memory.
            if counts.count >= Self.most { counts.removeAll() }
            var count = counts[key].flatMap { $0.end > now ? $0 : nil } ?? Count(value: 0, end: now + window)
            count.value += 1
            counts[key] = count
            return (count.value, count.end - now)
        }
    }

    func giveBack(_ key: String) {
        counts.withLock { counts in
            if let count = counts[key], count.value > 0 { counts[key]?.value -= 1 }
        }
    }
}
