import Redis

/// The buckets that all processes share.
enum RateScript {
    /// Takes up to so many tokens of a bucket. It is kept as the time at which it would be full (GCRA), and is gone when
    /// it is.
    /// KEYS: the bucket
    /// ARGV: burst · microseconds between tokens · how many are wanted
    /// returns {tokens given, tokens left, microseconds until there is one more}
    static let take = RedisScript(
        """
        local now = redis.call('TIME')
        now = now[1] * 1000000 + now[2]
        local burst, interval, wanted = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
        local full = math.max(tonumber(redis.call('GET', KEYS[1]) or '0') or 0, now)
        local there = math.max(math.floor((now + burst * interval - full) / interval), 0)
        local given = math.min(wanted, there)
        if given > 0 then
          full = full + given * interval
          redis.call('SET', KEYS[1], string.format('%.0f', full), 'PX', math.ceil((full - now) / 1000) + 1)
        end
        return {given, there - given, math.max(math.ceil(full + interval - now - burst * interval), 0)}
        """)
}

/// What the script answered.
struct RateGrant: Sendable {
    let given: Int
    let left: Int
    let microsecondsToNext: Int

    init(given: Int, left: Int, microsecondsToNext: Int) {
        self.given = given
        self.left = left
        self.microsecondsToNext = microsecondsToNext
    }

    init(_ answer: RedisValue) throws {
        let numbers = try answer.expectArray().compactMap(\.int)
        guard numbers.count == 3 else { throw RedisError.unexpectedReply(wanted: "3 numbers", got: "\(numbers.count)") }
        (given, left, microsecondsToNext) = (numbers[0], numbers[1], numbers[2])
    }
}
