import Redis

/// Begins an incarnation and takes over what earlier ones of the same process still hold, all in one step: whatever of
/// an old connection arrives later finds its lease gone.
///
///     KEYS  1 base
///     ARGV  1 incarnation   2 lease (ms)   3 number of kinds   4… kinds, then all incarnations not yet taken over
///     answer: [epoch or empty, envelopes taken over, now in slots 0, 1, …]
package enum RegisterScript {
    package static let script = RedisScript(
        ScriptPrelude.allowOutOfMemory + ScriptPrelude.basics + """
            local time=now()
            local kinds=tonumber(ARGV[3])
            local answer={redis.call('GET',b..'epoch') or ''}
            local stored={}
            for i=4+kinds,#ARGV do
              for _,e in ipairs(redis.call('HVALS',b..'leased:'..ARGV[i])) do
                stored[#stored+1]=#answer-1
                stored[#stored+1]=e
                answer[#answer+1]=e
              end
            end
            redis.call('ZADD',b..'workers',time+ARGV[2],ARGV[1])
            for i=1,#stored,512 do
              redis.call('HSET',b..'leased:'..ARGV[1],unpack(stored,i,math.min(i+511,#stored)))
            end
            for i=4+kinds,#ARGV do
              redis.call('ZREM',b..'workers',ARGV[i])
              redis.call('DEL',b..'leased:'..ARGV[i])
            end
            for i=4,3+kinds do redis.call('HSET',b..'kinds',ARGV[i],time) end
            return answer
            """)
}

/// Renews a lease.
///
///     KEYS  1 base
///     ARGV  1 incarnation   2 lease (ms)
///     answer: [1, or 0 when the lease is lost; epoch or empty; ids to cancel of those that the incarnation has]
enum BeatScript {
    static let script = RedisScript(
        ScriptPrelude.allowOutOfMemory + ScriptPrelude.basics + ScriptPrelude.envelopes + """
            local answer={0,redis.call('GET',b..'epoch') or ''}
            if not redis.call('ZSCORE',b..'workers',ARGV[1]) then return answer end
            redis.call('ZADD',b..'workers',now()+ARGV[2],ARGV[1])
            answer[1]=1
            if redis.call('HEXISTS',b..'control','cancelling')==0 then return answer end
            local ids={}
            for _,e in ipairs(redis.call('HVALS',b..'leased:'..ARGV[1])) do
              if valid(e) then ids[#ids+1]=id(e) end
            end
            for i=1,#ids,512 do
              local scores=redis.call('ZMSCORE',b..'cancelled',unpack(ids,i,math.min(i+511,#ids)))
              for j=1,#scores do if scores[j] then answer[#answer+1]=ids[i+j-1] end end
            end
            return answer
            """)
}

/// Says that a process takes nothing now: it is not to be woken, and what woke it in vain wakes another.
///
///     KEYS  1 base
///     ARGV  1 wake channel
///     answer: 1
enum LeaveIdleScript {
    static let script = RedisScript(
        ScriptPrelude.allowOutOfMemory + ScriptPrelude.basics + """
            redis.call('LREM',b..'idle',0,ARGV[1])
            if redis.call('EXISTS',b..'ready:0',b..'ready:1',b..'ready:2',b..'keys:ring',b..'suspect')>0 then
              wake(1)
            end
            return 1
            """)
}

/// Ends an incarnation that holds nothing any more.
///
///     KEYS  1 base
///     ARGV  1 incarnation   2 wake channel
///     answer: 1, or 0 when it still holds jobs, which then wait for recovery
package enum UnregisterScript {
    package static let script = RedisScript(
        ScriptPrelude.allowOutOfMemory + ScriptPrelude.basics + """
            redis.call('LREM',b..'idle',0,ARGV[2])
            if redis.call('EXISTS',b..'leased:'..ARGV[1])==1 then return 0 end
            redis.call('ZREM',b..'workers',ARGV[1])
            if redis.call('EXISTS',b..'ready:0',b..'ready:1',b..'ready:2',b..'keys:ring',b..'suspect')>0 then
              wake(1)
            end
            return 1
            """)
}

/// Takes back what incarnations hold whose lease has ended. A first crash is charged to all that were in flight; from
/// the second on a job is a suspect and runs alone; when a dead incarnation held a suspect, only that one is charged.
///
///     KEYS  1 base
///     ARGV  1 crashes that make a job dead   2 crashes that make it a suspect
///           3 an incarnation known to be dead, or empty for all whose lease has ended
///     answer: [incarnations, ready again, suspects, dead]
///
/// An envelope that cannot be read goes to the dead letters as it is.
enum ReapScript {
    static let script = RedisScript(
        ScriptPrelude.allowOutOfMemory + ScriptPrelude.basics + ScriptPrelude.envelopes + ScriptPrelude.queueing
            + ScriptPrelude.releasing + """
                local mortal,suspicious=tonumber(ARGV[1]),tonumber(ARGV[2])
                local ended
                if ARGV[3]~='' then ended={ARGV[3]}
                else ended=redis.call('ZRANGE',b..'workers','-inf',now(),'BYSCORE','LIMIT',0,8) end
                local back,suspects,dead=0,0,0
                local foreign=0
                local function bury(e)
                  redis.call('RPUSH',b..'dead',e)
                  dead=dead+1
                end
                local function recoverJob(e,guilty)
                  if not valid(e) then foreign=foreign+1; return bury(e) end
                  if guilty and string.byte(e,18)<suspicious then
                    letGo(e,false,'ready')
                    ready(charged(e,19),true)
                    back=back+1
                    return
                  end
                  local c=charged(e,18)
                  local crashes=string.byte(c,18)
                  if crashes>=mortal then
                    letGo(e,true,'dead')
                    forgetWish(id(e))
                    bury(c)
                  elseif crashes>=suspicious then
                    letGo(e,false,'suspect')
                    redis.call('LPUSH',b..'suspect',c)
                    suspects=suspects+1
                  else
                    letGo(e,false,'ready')
                    ready(c,true)
                    back=back+1
                  end
                end
                local function recover(w)
                  local held=redis.call('HVALS',b..'leased:'..w)
                  local guilty=false
                  for _,e in ipairs(held) do
                    if valid(e) and string.byte(e,18)>=suspicious then guilty=true end
                  end
                  for _,e in ipairs(held) do recoverJob(e,guilty) end
                  redis.call('ZREM',b..'workers',w)
                  redis.call('DEL',b..'leased:'..w)
                end
                for _,w in ipairs(ended) do recover(w) end
                if foreign>0 then tally('foreign',foreign) end
                if dead>0 then tally('dead',dead) end
                if back+suspects+dead>0 then wake(math.ceil((back+suspects+dead)/64)) end
                return {#ended,back,suspects,dead}
                """)
}
