import Redis

/// Shows what a tracked job tells of itself. Where the key was gone, as after a flush, nothing else would ever remove it.
///
///     KEYS  1 base
///     ARGV  1 id   2 incarnation that has to have its lease, or empty   3… pairs of field and value
///     answer: 1, or 0 when the lease is lost: whoever has the job now tells of it
enum TrackScript {
    static let script = RedisScript(
        ScriptPrelude.allowOutOfMemory + ScriptPrelude.basics + """
            if ARGV[2]~='' and not redis.call('ZSCORE',b..'workers',ARGV[2]) then return 0 end
            local t=b..'tracked:'..ARGV[1]
            redis.call('HSET',t,unpack(ARGV,3))
            redis.call('PEXPIRE',t,604800000,'NX')
            return 1
            """)
}
