import Redis

/// Counts a queue at one moment, so that the books can be compared.
///
///     KEYS  1 base
///     answer: [enqueued, repushed, foreign, done, dead, cancelled, expired, lost, ready, due, suspect, leased, waiting
///           for storage as dead, workers, ready high, ready normal, ready low, ready under keys]
///
/// How many wait under keys is counted along and not looked up; where nothing does, that count is set right. A worker is
/// counted once, however many of its loops have incarnations here.
enum BalanceScript {
    static let script = RedisScript(head + "return counted()\n")

    /// `counted()` is the answer above.
    fileprivate static let head =
        ScriptPrelude.allowOutOfMemory + ScriptPrelude.basics + """
            local function counted()
              if keyed()~=0 and redis.call('EXISTS',b..'keys:ring',b..'keys:waiting',b..'keys:full')==0 then
                redis.call('HSET',b..'ledger','keyed',0)
              end
              local l=redis.call('HMGET',b..'ledger','enqueued','repushed','foreign','done','dead','cancelled','expired',
                'lost')
              for i=1,8 do l[i]=tonumber(l[i] or 0) or 0 end
              local r={}
              for p=0,2 do r[p+1]=redis.call('LLEN',b..'ready:'..p) end
              local workers=redis.call('ZRANGE',b..'workers',0,-1)
              local leased,alive,names=0,0,{}
              for _,w in ipairs(workers) do
                leased=leased+redis.call('HLEN',b..'leased:'..w)
                local name=string.match(w,'^(.*)%.%d+%.%d+$') or w
                if not names[name] then names[name]=true; alive=alive+1 end
              end
              return {l[1],l[2],l[3],l[4],l[5],l[6],l[7],l[8],r[1]+r[2]+r[3]+keyed(),redis.call('ZCARD',b..'due'),
                redis.call('LLEN',b..'suspect'),leased,redis.call('LLEN',b..'dead'),alive,r[1],r[2],r[3],keyed()}
            end

            """
}

/// Balances the books of a queue, if they are off by as much as was seen: what is too much came in by other hands, what
/// is nowhere is lost. Both stay to be seen.
///
///     KEYS  1 base
///     ARGV  1 difference
///     answer: 1, or 0 when the difference is another
enum WriteOffScript {
    static let script = RedisScript(
        BalanceScript.head + """
            local n=counted()
            local difference=n[1]+n[2]+n[3]
            for i=4,12 do difference=difference-n[i] end
            if difference==0 or difference~=tonumber(ARGV[1]) then return 0 end
            if difference<0 then tally('foreign',-difference) else tally('lost',difference) end
            return 1
            """)
}
