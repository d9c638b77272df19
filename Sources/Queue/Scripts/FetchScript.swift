import Redis

/// Acknowledges finished plain jobs and takes new ones, in one round trip.
///
///     KEYS  1 base
///     ARGV  1 incarnation   2 how many jobs are wanted   3 how many of the slots hold a finished job
///           4 flags: 1 a suspect may be taken, 2 lower priorities go first with one job each
///           5 wake channel to sleep under when there is nothing, or empty   6… slots, the finished ones first
///     answer: [ms until something may be runnable (-1 unknown), a `1` or `0` for each job, 1 if it is to be cancelled
///           (empty when none is), and a `k` when jobs wait under keys that this script does not take, envelopes in the
///           order of the slots]; error LOST when the lease is not ours any more
///
/// Where a queue has been declared in another style, jobs of the old one still wait: `keyed` takes both, and a worker of
/// the plain style goes over to it for as long as it is told of such jobs.
/// A finished job is acknowledged by overwriting its slot, or by removing it where no new job came. Jobs are read
/// first, stored in their slots next, and cut from their lists last.
package enum FetchScript {
    package static let plain = RedisScript(head + lists + takePlain + tail)
    package static let keyed = RedisScript(head + lists + takeKeyed + tail)

    /// Lease, pause, promotion, limits of the whole queue.
    private static let head =
        ScriptPrelude.allowOutOfMemory + ScriptPrelude.basics + ScriptPrelude.envelopes + ScriptPrelude.queueing
        + ScriptPrelude.promoting + """
            if not redis.call('ZSCORE',b..'workers',ARGV[1]) then return redis.error_reply('LOST lease') end
            local control=redis.call('HMGET',b..'control','paused','cancelling','concurrency','rate','burst',
              'keyconcurrency','keyrate','keyburst')
            local slots=#ARGV-5
            local finished=tonumber(ARGV[3])
            local want=math.min(tonumber(ARGV[2]),slots)
            local hint,time,rate,span,arrival=-1,0,false,0,0
            local jobs={}
            local others=false
            local function bound(n) if n<want then want=n end end
            local function hintAt(at) local ms=math.max(at-time,1); if hint<0 or ms<hint then hint=math.ceil(ms) end end
            local function reached(limit)
              local at=tonumber(redis.call('GET',limit) or 0)
              return at and at<1e15 and at or 0
            end
            local sleeps=want>0
            if control[1] then want=0 end
            if want>0 then
              time=now()
              promote(time,128)
              local places=number(control[3])
              if places then
                local leased=-finished
                for _,w in ipairs(redis.call('ZRANGE',b..'workers',0,-1)) do
                  leased=leased+redis.call('HLEN',b..'leased:'..w)
                end
                bound(math.max(places-leased,0))
              end
              rate=number(control[4])
              if rate then
                span=1000/rate
                local burst=number(control[5]) or 1
                arrival=math.max(reached(b..'limit'),time)
                local tokens=math.floor((time-arrival)/span+burst)
                if tokens<1 then hintAt(arrival+span-burst*span) end
                bound(math.max(tokens,0))
              end
            end

            """

    /// `take(p,n)` reads the next of a priority, `cutLists()` removes what was read.
    private static let lists = """
        local taken={0,0,0}
        local suspects=0
        local function take(p,n)
          if n<1 then return end
          local list=redis.call('LRANGE',b..'ready:'..p,-(taken[p+1]+n),-(taken[p+1]+1))
          for i=#list,1,-1 do jobs[#jobs+1]=list[i] end
          taken[p+1]=taken[p+1]+#list
        end
        local function cutLists()
          for p=0,2 do if taken[p+1]>0 then redis.call('LTRIM',b..'ready:'..p,0,-(taken[p+1]+1)) end end
        end
        local function anyInLists() return redis.call('EXISTS',b..'ready:0',b..'ready:1',b..'ready:2')>0 end

        """

    /// By priority; never more than a fair share of the backlog where several workers live on it.
    private static let takePlain = """
        if want>0 then
          local flags=tonumber(ARGV[4])
          local workers=redis.call('ZCARD',b..'workers')
          if workers>1 and want>1 then
            local backlog=0
            for p=0,2 do backlog=backlog+redis.call('LLEN',b..'ready:'..p) end
            bound(math.max(math.ceil(backlog/workers),1))
          end
          if flags%2==1 then
            local suspect=redis.call('LINDEX',b..'suspect',-1)
            if suspect then jobs[1]=suspect; suspects=1 end
          end
          if flags>=2 then take(2,math.min(1,want-#jobs)); take(1,math.min(1,want-#jobs)) end
          for p=0,2 do take(p,want-#jobs) end
          if flags>=2 or #jobs==0 then
            others=keyed()>0
            if others and #jobs==0 then hintAt(time) end
          end
        end
        local function cut()
          if suspects==1 then redis.call('RPOP',b..'suspect') end
          cutLists()
          if want>0 and #jobs>=want and redis.call('EXISTS',b..'idle')==1 and anyInLists() then wake(1) end
        end

        """

    /// One job of each runnable key in turn. A key at its limit leaves the ring, and comes back when a place is free; a
    /// suspect waits for that at the head of its list.
    private static let takeKeyed = """
        local keys={}
        local anyFull=want>0 and redis.call('EXISTS',b..'keys:full')==1
        local inLists=want>0 and anyInLists()
        local places=number(control[6]) or 0
        local keyRate=number(control[7])
        local keyBurst=number(control[8]) or 1
        local suspectKey
        local function hasPlace(e)
          local k=key(e)
          if redis.call('SISMEMBER',b..'keys:holders:'..k,id(e))==1 then return true end
          local most=claim(e,8) and 1 or places
          if most>0 and redis.call('SCARD',b..'keys:holders:'..k)>=most then return false end
          suspectKey=k
          return true
        end
        local function open(k)
          local s={key=k,taken=0,tokens=1e9,arrival=0,span=0,ids={},garbage={}}
          s.held=redis.call('SCARD',b..'keys:holders:'..k)+(k==suspectKey and 1 or 0)
          s.length=redis.call('LLEN',b..'keys:list:'..k)
          if keyRate then
            s.span=1000/keyRate
            s.arrival=math.max(reached(b..'keys:limit:'..k),time)
            s.tokens=math.floor((time-s.arrival)/s.span+keyBurst)
          end
          return s
        end
        local function takeOne(s)
          if s.taken>=s.length then return false end
          local e=redis.call('LINDEX',b..'keys:list:'..s.key,-(s.taken+1))
          if not valid(e) or not claim(e,2) or key(e)~=s.key then
            if #s.garbage==64 then return false end
            s.taken=s.taken+1
            s.garbage[#s.garbage+1]=e
            return true
          end
          local most=claim(e,8) and 1 or places
          if redis.call('SISMEMBER',b..'keys:holders:'..s.key,id(e))==0 then
            if most>0 and s.held>=most then s.full=true; return false end
            if s.tokens<1 then s.waits=true; return false end
            s.held=s.held+1
            s.tokens=s.tokens-1
            s.arrival=s.arrival+s.span
          end
          s.taken=s.taken+1
          s.ids[#s.ids+1]=id(e)
          jobs[#jobs+1]=e
          return true
        end
        if want>0 then
          for _,k in ipairs(redis.call('ZRANGE',b..'keys:waiting','-inf',time,'BYSCORE','LIMIT',0,128)) do
            offer(k)
            redis.call('ZREM',b..'keys:waiting',k)
          end
          if tonumber(ARGV[4])%2==1 then
            local suspect=redis.call('LINDEX',b..'suspect',-1)
            if suspect and (not valid(suspect) or not claim(suspect,2) or hasPlace(suspect)) then
              jobs[1]=suspect
              suspects=1
            end
          end
          if inLists then for p=0,2 do take(p,math.ceil(want/2)-#jobs) end end
          for i,k in ipairs(redis.call('ZRANGE',b..'keys:ring',0,want-1)) do keys[i]=open(k) end
          local found=true
          while found and #jobs<want do
            found=false
            for i=1,#keys do
              if #jobs<want and takeOne(keys[i]) then found=true end
            end
          end
          if inLists then for p=0,2 do take(p,want-#jobs) end end
        end
        local function cutKey(s)
          local k=s.key
          if #s.garbage>0 then
            buryUnreadable(s.garbage)
            hintAt(time)
          end
          if #s.ids>0 then redis.call('SADD',b..'keys:holders:'..k,unpack(s.ids)) end
          if s.taken>0 then
            redis.call('LTRIM',b..'keys:list:'..k,0,-(s.taken+1))
            tally('keyed',#s.garbage-s.taken)
            if keyRate then
              redis.call('SET',b..'keys:limit:'..k,s.arrival,'PX',math.ceil(math.max(s.arrival-time,0))+60000)
            end
          end
          if s.full then redis.call('SADD',b..'keys:full',k)
          elseif anyFull then redis.call('SREM',b..'keys:full',k) end
          if s.taken>=s.length or s.full or s.waits then
            redis.call('ZREM',b..'keys:ring',k)
            if s.waits then redis.call('ZADD',b..'keys:waiting',s.arrival+s.span-keyBurst*s.span,k) end
          elseif s.taken>0 then
            redis.call('ZADD',b..'keys:ring',tally('turn',1),k)
          end
        end
        local function cut()
          if suspects==1 then
            redis.call('RPOP',b..'suspect')
            local e=jobs[1]
            if valid(e) and claim(e,2) then redis.call('SADD',b..'keys:holders:'..key(e),id(e)) end
          end
          cutLists()
          for _,s in ipairs(keys) do cutKey(s) end
          if want>0 and #jobs==0 then
            local nextKey=redis.call('ZRANGE',b..'keys:waiting',0,0,'WITHSCORES')
            if nextKey[2] then hintAt(tonumber(nextKey[2])) end
            -- Only keys at their limit had their turn, and have left the ring: others wait behind them.
            if redis.call('EXISTS',b..'keys:ring')==1 then hintAt(time) end
          end
          if want>0 and #jobs>=want and (redis.call('EXISTS',b..'keys:ring')==1 or inLists) then wake(1) end
        end

        """

    /// Store, cut, acknowledge, count; sleep when there was nothing.
    private static let tail = """
        local stored={}
        for i=1,#jobs do stored[2*i-1]=ARGV[5+i]; stored[2*i]=jobs[i] end
        if #jobs>0 then redis.call('HSET',b..'leased:'..ARGV[1],unpack(stored)) end
        cut()
        if #jobs<finished then redis.call('HDEL',b..'leased:'..ARGV[1],unpack(ARGV,6+#jobs,5+finished)) end
        if finished>0 then
          tally('done',finished)
          if control[3] then wake(1) end
        end
        if rate and #jobs>0 then
          local reached=arrival+#jobs*span
          redis.call('SET',b..'limit',reached,'PX',math.ceil(math.max(reached-time,0))+60000)
        end
        local marks=''
        if control[2] and #jobs>0 then
          local ids={}
          for i=1,#jobs do ids[i]=id(jobs[i]) end
          local scores=redis.call('ZMSCORE',b..'cancelled',unpack(ids))
          for i=1,#ids do marks=marks..(scores[i] and '1' or '0') end
        end
        if others then marks=marks..'k' end
        if #jobs==0 and sleeps then
          local nextDue=redis.call('ZRANGE',b..'due',0,0,'WITHSCORES')
          if nextDue[2] and not control[1] then time=now(); hintAt(tonumber(nextDue[2])) end
          if ARGV[5]~='' then
            redis.call('LREM',b..'idle',0,ARGV[5])
            redis.call('RPUSH',b..'idle',ARGV[5])
          end
        end
        local answer={hint,marks}
        for i=1,#jobs do answer[2+i]=jobs[i] end
        return answer
        """
}
