import Redis

/// Ends a run of jobs that did not simply succeed in the plain lane: managed ones, and every failure.
///
///     KEYS  1 base
///     ARGV  1 incarnation   2… five for each job: slot, id, outcome, run at (ms), new envelope (or empty)
///           outcome: done, expired, cancelled (ended); dead (ended, for the dead letters); garbage (the same, of what
///           is no job); retrying, scheduled, parked (due again at the time); ready (back to the front)
///     answer: for each job 1, or 0 when the slot does not hold that id any more; error LOST
///
/// Of a job that was pushed twice one copy is enough: where two wait for their time, the later takes the place.
/// What cannot be read has no id, so the slot alone says what is meant.
package enum SettleScript {
    package static let script = RedisScript(
        ScriptPrelude.allowOutOfMemory + ScriptPrelude.basics + ScriptPrelude.envelopes + ScriptPrelude.queueing
            + ScriptPrelude.releasing + """
                if not redis.call('ZSCORE',b..'workers',ARGV[1]) then return redis.error_reply('LOST lease') end
                local leased=b..'leased:'..ARGV[1]
                local ended={done=true,expired=true,cancelled=true,dead=true,garbage=true}
                local counts={}
                local answers={}
                local first=redis.call('ZRANGE',b..'due',0,0)[1]
                local function settle(slot,jobID,outcome,at,e)
                  local held=redis.call('HGET',leased,slot)
                  if not held or (valid(held) and id(held)~=jobID) then return 0 end
                  letGo(held,ended[outcome],outcome)
                  if ended[outcome] then
                    if outcome=='dead' or outcome=='garbage' then redis.call('RPUSH',b..'dead',e) end
                    if outcome=='garbage' then
                      counts.foreign=(counts.foreign or 0)+1
                      outcome='dead'
                    end
                    counts[outcome]=(counts[outcome] or 0)+1
                  elseif outcome=='ready' then
                    ready(e,true)
                    wake(1)
                  else
                    if redis.call('HSET',b..'due:envelopes',jobID,e)==0 then
                      tally('repushed',-1)
                    end
                    redis.call('ZADD',b..'due',at,jobID)
                  end
                  if outcome=='cancelled' or outcome=='dead' then forgetWish(jobID) end
                  redis.call('HDEL',leased,slot)
                  return 1
                end
                for i=1,(#ARGV-1)/5 do
                  local a=5*i-3
                  answers[i]=settle(ARGV[a],ARGV[a+1],ARGV[a+2],ARGV[a+3],ARGV[a+4])
                end
                for outcome,n in pairs(counts) do tally(outcome,n) end
                if redis.call('ZRANGE',b..'due',0,0)[1]~=first then wake(1) end
                if redis.call('HEXISTS',b..'control','concurrency')==1 then wake(1) end
                return answers
                """)
}
