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
            local most=number(redis.call('HGET',b..'control','maxlength'))
            if most and waiting()+n>most then return redis.error_reply('FULL queue') end
            local length=redis.call('LPUSH',list,unpack(ARGV,3))
            tally(ARGV[2],n)
            if redis.call('EXISTS',b..'idle')==1 then wake(math.ceil(n/64)) end
            return length
            """)
}

/// Puts jobs of any sort into a queue: scheduled, unique, keyed, tracked. A debounced job takes the place of one that
/// waits for its time; one that runs already goes on, and the new one runs after it, or nothing would see the change.
///
///     KEYS  1 base
///     ARGV  1 counter of the ledger   2… four for each job: run at (ms; 0 is now), how its unique key is taken
///           (0 not, 1 hold, 2 hold for a time, 3 debounce), for how long (ms), envelope
///     answer: for each job 1 when taken, or the id of the job that has its unique key, or the id of the job whose place
///           it took, behind `=`; error FULL
///
/// A job that waits for its time already, pushed again by a relay, stays as it is: it may have failed meanwhile.
enum EnqueueManagedScript {
    static let script = RedisScript(
        ScriptPrelude.refuseOutOfMemory + ScriptPrelude.basics + ScriptPrelude.envelopes + ScriptPrelude.queueing
            + ScriptPrelude.releasing + """
                local time=now()
                local count=(#ARGV-1)/4
                local most=number(redis.call('HGET',b..'control','maxlength'))
                if most and waiting()+count>most then return redis.error_reply('FULL queue') end
                local function replace(owner)
                  local e=redis.call('HGET',b..'due:envelopes',owner)
                  if not e then return false end
                  letGo(e,true,'cancelled')
                  redis.call('ZREM',b..'due',owner)
                  redis.call('HDEL',b..'due:envelopes',owner)
                  tally('cancelled',1)
                  return true
                end
                local function ownerOf(e,mode,span)
                  if mode=='0' then return false end
                  local u=b..'unique:'..digest(e)
                  local owner=redis.call('GET',u)
                  local replaced=false
                  if owner and owner~=id(e) then
                    if mode~='3' then return owner end
                    replaced=replace(owner)
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
                if taken>0 then tally(ARGV[1],taken) end
                if runnable>0 then wake(math.ceil(runnable/64))
                elseif redis.call('ZRANGE',b..'due',0,0)[1]~=first then wake(1) end
                return answers
                """)
}
