import Redis

/// Forgets wishes to cancel that nobody can be waiting for any more.
///
///     KEYS  1 base
///     ARGV  1 age in ms
///     answer: how many were forgotten
enum PruneScript {
    static let script = RedisScript(
        ScriptPrelude.allowOutOfMemory + ScriptPrelude.basics + """
            local n=redis.call('ZREMRANGEBYSCORE',b..'cancelled','-inf',now()-ARGV[1])
            if redis.call('EXISTS',b..'cancelled')==0 then redis.call('HDEL',b..'control','cancelling') end
            return n
            """)
}
