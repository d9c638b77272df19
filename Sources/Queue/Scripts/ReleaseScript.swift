import Redis

/// Lets the unique key of a job go before the job ends.
///
///     KEYS  1 base
///     ARGV  1 digest of the key   2 id
///     answer: 1, or 0 when the key is not the job's
enum ReleaseScript {
    static let script = RedisScript(
        ScriptPrelude.allowOutOfMemory + ScriptPrelude.basics + """
            local u=b..'unique:'..ARGV[1]
            if redis.call('GET',u)~=ARGV[2] then return 0 end
            redis.call('DEL',u)
            return 1
            """)
}
