import Redis

/// Puts plain jobs of one priority into a plain queue.
///
///     KEYS  1 base
///     ARGV  1 priority   2 counter of the ledger: enqueued or repushed   3… envelopes
///     answer: how many wait in that list now; error FULL when the queue's maximum length would be passed
enum EnqueueScript {
    static let script = RedisScript(
        ScriptPrelude.refuseOutOfMemory + ScriptPrelude.basics + """
            local list=b..'ready:'..ARGV[1]
            local n=#ARGV-2
            local most=redis.call('HGET',b..'control','maxlength')
            if most and redis.call('LLEN',list)+n>tonumber(most) then return redis.error_reply('FULL') end
            local length=redis.call('LPUSH',list,unpack(ARGV,3))
            redis.call('HINCRBY',b..'ledger',ARGV[2],n)
            if redis.call('EXISTS',b..'idle')==1 then wake(math.ceil(n/64)) end
            return length
            """)
}

/// Puts jobs of any sort into a queue: scheduled, unique, keyed, tracked.
///
///     KEYS  1 base
///     ARGV  1 counter of the ledger   2… four for each job: run at (ms; 0 is now), how its unique key is taken
///           (0 not, 1 hold, 2 hold for a time, 3 debounce), for how long (ms), envelope
///     answer: for each job 1 when taken, or the id of the job that has its unique key, or `=` and the id of the job
///           whose place it took; error FULL
///
/// A job that waits for its time already, pushed again by a relay, stays as it is: it may have failed meanwhile.
enum EnqueueManagedScript {
    static let script = RedisScript(
        ScriptPrelude.refuseOutOfMemory + ScriptPrelude.basics + ScriptPrelude.envelopes + ScriptPrelude.queueing + """
            local time=now()
            local count=(#ARGV-1)/4
            local most=redis.call('HGET',b..'control','maxlength')
            if most then
              local waiting=redis.call('LLEN',b..'ready:1')+redis.call('ZCARD',b..'due')
                +tonumber(redis.call('HGET',b..'ledger','keyed') or 0)
              if waiting+count>tonumber(most) then return redis.error_reply('FULL') end
            end
            local function replace(owner)
              if redis.call('ZREM',b..'due',owner)==0 then return false end
              redis.call('HDEL',b..'due:envelopes',owner)
              redis.call('HINCRBY',b..'ledger','cancelled',1)
              return true
            end
            local function ownerOf(e,mode,span)
              if mode=='0' then return false end
              local u=b..'unique:'..digest(e)
              local owner=redis.call('GET',u)
              local replaced=false
              if owner and owner~=id(e) then
                replaced=mode=='3' and replace(owner)
                if not replaced then return owner end
              end
              if mode=='2' then redis.call('SET',u,id(e),'PX',span) else redis.call('SET',u,id(e)) end
              return false,replaced and '='..owner
            end
            local answers={}
            local taken,runnable=0,0
            local first=redis.call('ZRANGE',b..'due',0,0)[1]
            local function put(at,e)
              if at>time then
                redis.call('HSETNX',b..'due:envelopes',id(e),e)
                if redis.call('ZADD',b..'due','NX',at,id(e))==0 then return end
              else
                ready(e,false)
                runnable=runnable+1
              end
              taken=taken+1
              if claim(e,4) then
                redis.call('HSET',b..'tracked:'..id(e),'state',at>time and 'scheduled' or 'ready')
                redis.call('PEXPIRE',b..'tracked:'..id(e),604800000)
              end
            end
            for i=1,count do
              local e=ARGV[4*i+1]
              local owner,replaced=ownerOf(e,ARGV[4*i-1],ARGV[4*i])
              answers[i]=owner or replaced or 1
              if not owner then put(tonumber(ARGV[4*i-2]),e) end
            end
            if taken>0 then redis.call('HINCRBY',b..'ledger',ARGV[1],taken) end
            if runnable>0 then wake(math.ceil(runnable/64))
            elseif redis.call('ZRANGE',b..'due',0,0)[1]~=first then wake(1) end
            return answers
            """)
}
