import Redis

/// Makes due jobs ready, for queues whose workers are all busy or asleep.
///
///     KEYS  1 base
///     ARGV  1 at most how many
///     answer: [how many became ready, ms until the next is due (-1: none)]
enum PromoteScript {
    static let script = RedisScript(
        ScriptPrelude.allowOutOfMemory + ScriptPrelude.basics + ScriptPrelude.envelopes + ScriptPrelude.queueing
            + ScriptPrelude.promoting + """
                local time=now()
                local n=promote(time,tonumber(ARGV[1]))
                if n>0 then wake(math.ceil(n/64)) end
                local nextDue=redis.call('ZRANGE',b..'due',0,0,'WITHSCORES')
                return {n,nextDue[2] and math.max(tonumber(nextDue[2])-time,0) or -1}
                """)
}

/// Cancels a job: at once while it waits for its time, else when it is fetched or by the next heartbeat.
///
///     KEYS  1 base
///     ARGV  1 id
///     answer: 1 cancelled now, 0 noted for the worker that has it or will take it
package enum CancelScript {
    package static let script = RedisScript(
        ScriptPrelude.allowOutOfMemory + ScriptPrelude.basics + ScriptPrelude.envelopes + ScriptPrelude.queueing
            + ScriptPrelude.releasing + """
                local e=redis.call('HGET',b..'due:envelopes',ARGV[1])
                if e then
                  letGo(e,true,'cancelled')
                  redis.call('ZREM',b..'due',ARGV[1])
                  redis.call('HDEL',b..'due:envelopes',ARGV[1])
                  tally('cancelled',1)
                  return 1
                end
                redis.call('HSET',b..'control','cancelling',1)
                redis.call('ZADD',b..'cancelled',now(),ARGV[1])
                return 0
                """)
}

/// Moves a job that waits for its time to another time.
///
///     KEYS  1 base
///     ARGV  1 id   2 run at (ms)
///     answer: 1, or 0 when the job does not wait for its time
package enum RescheduleScript {
    package static let script = RedisScript(
        ScriptPrelude.allowOutOfMemory + ScriptPrelude.basics + """
            if not redis.call('ZSCORE',b..'due',ARGV[1]) then return 0 end
            redis.call('ZADD',b..'due','XX',ARGV[2],ARGV[1])
            wake(1)
            return 1
            """)
}

/// Changes the queue's settings and lets sleepers look again.
///
///     KEYS  1 base
///     ARGV  pairs of field and value; an empty value removes the field
///     answer: 1
enum ControlScript {
    static let script = RedisScript(
        ScriptPrelude.allowOutOfMemory + ScriptPrelude.basics + """
            for i=1,#ARGV,2 do
              if ARGV[i+1]=='' then redis.call('HDEL',b..'control',ARGV[i])
              else redis.call('HSET',b..'control',ARGV[i],ARGV[i+1]) end
            end
            wake(1000)
            return 1
            """)
}

/// Begins a queue, anew if Redis has lost its memory: an epoch, and what operators have set.
///
///     KEYS  1 base
///     ARGV  1 epoch for a queue that has none   2… pairs of field and value of its settings
///     answer: the epoch that is in force
enum FoundScript {
    static let script = RedisScript(
        ScriptPrelude.allowOutOfMemory + ScriptPrelude.basics + """
            local epoch=redis.call('GET',b..'epoch')
            if epoch then return epoch end
            for i=2,#ARGV,2 do redis.call('HSET',b..'control',ARGV[i],ARGV[i+1]) end
            redis.call('SET',b..'epoch',ARGV[1])
            return ARGV[1]
            """)
}

/// Adds to the statistics of one minute.
///
///     KEYS  1 base
///     ARGV  1 minute   2… pairs of field and amount
///     answer: 1
enum StatisticsScript {
    static let script = RedisScript(
        ScriptPrelude.allowOutOfMemory + ScriptPrelude.basics + """
            local k=b..'stats:'..ARGV[1]
            for i=2,#ARGV,2 do redis.call('HINCRBY',k,ARGV[i],ARGV[i+1]) end
            redis.call('EXPIRE',k,7200)
            return 1
            """)
}
