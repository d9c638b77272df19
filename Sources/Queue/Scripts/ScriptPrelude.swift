/// Lua that several scripts share. Every script has one key, the queue's base `b`, and builds all others from it.
///
/// Scripts are atomic but not rolled back. So each reads, checks and builds first, and writes last; and among the
/// writes, what adds a job's copy stands before what removes one.
enum ScriptPrelude {
    /// Only enqueueing may be refused when Redis' memory is full: the rest makes room, or keeps leases alive.
    static let allowOutOfMemory = "#!lua flags=allow-oom\n"
    static let refuseOutOfMemory = "#!lua\n"

    /// `b`, `now()` in milliseconds of Redis' clock, `wake(n)` at most n sleeping processes (those that died in their
    /// sleep are passed over), `number(text)` above zero or nil, `tally(field,n)` adds to the ledger, `keyed()` how many
    /// wait under keys, `waiting()` how many jobs wait in any state. A ledger that cannot be read stops no job: its
    /// field begins anew, and the books tell.
    static let basics = """
        local b=KEYS[1]
        local function now() local t=redis.call('TIME'); return t[1]*1000+math.floor(t[2]/1000) end
        local function wake(n)
          while n>0 do
            local sleeper=redis.call('LPOP',b..'idle')
            if not sleeper then return end
            if redis.call('PUBLISH',sleeper,b)>0 then n=n-1 end
          end
        end
        local function number(text)
          local n=tonumber(text)
          return n and n>0 and n<1e12 and n or nil
        end
        local function tally(field,n)
          local total=redis.pcall('HINCRBY',b..'ledger',field,n)
          if type(total)=='number' then return total end
          redis.call('HSET',b..'ledger',field,n)
          return n
        end
        local function keyed() return tonumber(redis.call('HGET',b..'ledger','keyed') or 0) or 0 end
        local function waiting()
          local n=redis.call('ZCARD',b..'due')+keyed()
          for p=0,2 do n=n+redis.call('LLEN',b..'ready:'..p) end
          return n
        end

        """

    /// Reading envelopes: `valid(e)`, `id(e)`, `claim(e,bit)`, `key(e)`, `digest(e)`, and `charged(e,at)`: the envelope
    /// with the counter at that place raised by one.
    static let envelopes = """
        local function valid(e) return #e>25 and string.byte(e,1)==1 and string.byte(e,20)<=2 end
        local function id(e) return string.sub(e,2,17) end
        local function claim(e,n) return bit.band(string.byte(e,21),n)~=0 end
        local function digest(e) return string.sub(e,24,39) end
        local function key(e)
          local at=24; if claim(e,1) then at=40 end
          return string.sub(e,at+1,at+(string.byte(e,at) or 0))
        end
        local function charged(e,at)
          local n=string.byte(e,at)+1; if n>255 then n=255 end
          return string.sub(e,1,at-1)..string.char(n)..string.sub(e,at+1)
        end

        """

    /// `ready(e,front)` puts an envelope where workers look; `offer(k)` lets key k have its turn; `buryUnreadable(all)`
    /// sends what is no envelope to the dead letters as it is, and counts it as come in: no script has.
    static let queueing = """
        local function buryUnreadable(all)
          redis.call('RPUSH',b..'dead',unpack(all))
          tally('foreign',#all)
          tally('dead',#all)
        end
        local function offer(k)
          redis.call('ZADD',b..'keys:ring','NX',tally('turn',1),k)
        end
        local function ready(e,front)
          local push=front and 'RPUSH' or 'LPUSH'
          if claim(e,2) then
            local k=key(e)
            redis.call(push,b..'keys:list:'..k,e)
            tally('keyed',1)
            offer(k)
          else
            redis.call(push,b..'ready:'..string.byte(e,20),e)
          end
        end

        """

    /// `letGo(e,final,state)` gives back what a job holds: its key's place (an ordered one only at the end), and when
    /// it has ended for good its unique key, unless that ends by itself; and shows the state to those who track it.
    /// `forgetWish(id)` of a job to be cancelled goes with the job's death, or it would meet the one that is retried.
    static let releasing = """
        local function forgetWish(jobID)
          if redis.call('ZREM',b..'cancelled',jobID)==1 and redis.call('EXISTS',b..'cancelled')==0 then
            redis.call('HDEL',b..'control','cancelling')
          end
        end
        local function letGo(e,final,state)
          if not valid(e) or string.byte(e,21)==0 then return end
          if claim(e,2) and (final or not claim(e,8)) then
            local k=key(e)
            redis.call('SREM',b..'keys:holders:'..k,id(e))
            if redis.call('EXISTS',b..'keys:list:'..k)==1 then offer(k); wake(1)
            elseif redis.call('EXISTS',b..'suspect')==1 then wake(1) end
          end
          if final and claim(e,1) and bit.band(string.byte(e,22),16)==0 then
            local u=b..'unique:'..digest(e)
            if redis.call('GET',u)==id(e) then redis.call('DEL',u) end
          end
          if claim(e,4) then
            local t=b..'tracked:'..id(e)
            redis.call('HSET',t,'state',state)
            redis.call('PEXPIRE',t,final and 86400000 or 604800000)
          end
        end

        """

    /// `promote(time,limit)` makes what is due ready and answers how many that were. Only a job that holds its ordered
    /// key goes to the front: any other would stand before the holder, which then could never be taken. An id without its envelope is garbage like an envelope that cannot be read.
    static let promoting = """
        local function holds(e)
          return claim(e,8) and redis.call('SISMEMBER',b..'keys:holders:'..key(e),id(e))==1
        end
        local function promote(time,limit)
          local ids=redis.call('ZRANGE',b..'due','-inf',time,'BYSCORE','LIMIT',0,limit)
          if #ids==0 then return 0 end
          local found=redis.call('HMGET',b..'due:envelopes',unpack(ids))
          for i=1,#found do
            local e=found[i]
            if e and valid(e) then ready(e,holds(e)) else buryUnreadable({e or ids[i]}) end
          end
          redis.call('ZREM',b..'due',unpack(ids))
          redis.call('HDEL',b..'due:envelopes',unpack(ids))
          return #ids
        end

        """
}
