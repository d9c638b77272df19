import Postgres
import Runtime

extension Business: RowDecodable {
    package init(row: Row) throws(RowError) {
        id = try row["id"]
        name = try row["name"]
        greeting = try row["greeting"]
        awayText = try row["away_text"]
        timeZone = try row["time_zone"]
        hours = []
    }

    /// Nil for whoever has none, and where the account is gone.
    static func find(_ id: ID<User>, on sql: some SQLRunner) async throws -> Business? {
        var found: Business? = try await sql.first(
            """
            select b.id, b.name, b.greeting, b.away_text, b.time_zone
            from businesses b
            join users u on u.id = b.id and u.deleted_at is null
            where b.id = \(id)
            """)
        if found != nil {
            found?.hours = try await sql.all(
                """
                select weekday::int, opens::int, closes::int from business_hours
                where business_id = \(id)
                order by weekday, opens
                """)
        }
        return found
    }

    func keep(at now: Timestamp, on sql: some SQLRunner) async throws {
        try await sql.run(
            """
            insert into businesses (id, name, greeting, away_text, time_zone, updated_at)
            values (\(id), \(name), \(greeting), \(awayText), \(timeZone), \(now))
            on conflict (id) do update
            set name = excluded.name, greeting = excluded.greeting, away_text = excluded.away_text,
                time_zone = excluded.time_zone, updated_at = excluded.updated_at
            """)
        try await sql.run("delete from business_hours where business_id = \(id)")
        try await sql.run(
            """
            insert into business_hours (business_id, weekday, opens, closes)
            select \(id), h.weekday, h.opens, h.closes
            from unnest(\(hours.map(\.weekday))::int[], \(hours.map(\.opens))::int[], \(hours.map(\.closes))::int[])
                h (weekday, opens, closes)
            on conflict (business_id, weekday, opens) do update set closes = excluded.closes
            """)
    }

    static func isOpen(_ id: ID<User>, at now: Timestamp, on sql: some SQLRunner) async throws -> Bool {
        try await sql.one(
            """
            select not exists (select from business_hours h where h.business_id = b.id) or exists (
                select from business_hours h
                where h.business_id = b.id and h.weekday = extract(isodow from t.local)
                    and extract(hour from t.local) * 60 + extract(minute from t.local) >= h.opens
                    and extract(hour from t.local) * 60 + extract(minute from t.local) < h.closes
            )
            from businesses b
            cross join lateral (select \(now)::timestamptz at time zone b.time_zone as local) t
            where b.id = \(id)
            """)
    }
}

extension OpeningHours: RowDecodable {
    package init(row: Row) throws(RowError) {
        weekday = try row["weekday"]
        opens = try row["opens"]
        closes = try row["closes"]
    }
}

extension BusinessAgent: RowDecodable {
    package init(row: Row) throws(RowError) {
        user = try row["id"]
        username = try row["username"]
        displayName = try row["display_name"]
        addedAt = try row["added_at"]
    }

    static func all(of business: ID<User>, on sql: some SQLRunner) async throws -> [BusinessAgent] {
        try await sql.all(
            """
            select u.id, u.username, u.display_name, a.added_at
            from business_agents a
            join users u on u.id = a.agent_id
            where a.business_id = \(business)
            order by a.added_at, u.id
            """)
    }

    /// False for somebody who is one already.
    static func insert(
        _ agent: ID<User>, of business: ID<User>, at now: Timestamp, on sql: some SQLRunner
    ) async throws -> Bool {
        try await sql.run(
            """
            insert into business_agents (business_id, agent_id, added_at)
            values (\(business), \(agent), \(now))
            on conflict do nothing
            """) > 0
    }

    static func delete(_ agent: ID<User>, of business: ID<User>, on sql: some SQLRunner) async throws -> Bool {
        try await sql.run(
            "delete from business_agents where business_id = \(business) and agent_id = \(agent)") > 0
    }

    /// Into all conversations with customers, the past included. Like in a channel it is not said, and raises nothing. Who is
    /// a customer there stays one.
    static func join(_ agent: ID<User>, _ business: ID<User>, at now: Timestamp, on sql: some SQLRunner) async throws {
        try await sql.run(
            """
            with joined as (
                insert into members as m (conversation_id, user_id, role, joined_at, rev, read_seq, delivered_seq)
                select c.id, \(agent), 'moderator', \(now), c.last_rev, c.last_seq, c.last_seq
                from conversations c
                where c.business_id = \(business) and c.customer_id <> \(agent) and c.deleted_at is null
                on conflict (conversation_id, user_id) do update
                set role = 'moderator', joined_at = excluded.joined_at, left_at = null, rev = excluded.rev,
                    read_seq = excluded.read_seq, delivered_seq = excluded.delivered_seq
                where m.left_at is not null
                returning m.conversation_id, m.rev
            ),
            counted as (
                update conversations c set member_count = c.member_count + 1
                from joined j
                where c.id = j.conversation_id
            )
            insert into member_periods (conversation_id, user_id, from_seq, from_rev)
            select j.conversation_id, \(agent), 1, j.rev from joined j
            on conflict (conversation_id, user_id, from_rev) do update set to_seq = null, to_rev = null
            """)
    }

    static func leave(_ agent: ID<User>, _ business: ID<User>, at now: Timestamp, on sql: some SQLRunner) async throws {
        try await sql.run(
            """
            with gone as (
                update members m set left_at = \(now), rev = c.last_rev, role = 'member'
                from conversations c
                where c.business_id = \(business) and c.customer_id <> \(agent) and m.conversation_id = c.id
                    and m.user_id = \(agent) and m.left_at is null
                returning c.id, c.last_seq, c.last_rev
            ),
            counted as (
                update conversations c set member_count = c.member_count - 1 from gone g where c.id = g.id
            )
            update member_periods p set to_seq = greatest(g.last_seq, p.from_seq - 1), to_rev = g.last_rev
            from gone g
            where p.conversation_id = g.id and p.user_id = \(agent) and p.to_rev is null
            """)
    }
}

extension Conversation {
    /// The one of a customer; whoever loses the race to open it finds the one that was opened.
    static func open(
        of customer: ID<User>, with business: ID<User>, at now: Timestamp, on sql: some SQLRunner
    ) async throws -> (ID<Conversation>, Bool) {
        let made: ID<Conversation>? = try await sql.first(
            """
            insert into conversations (id, type, business_id, customer_id, shows_past, active_at, created_at)
            values (\(ID<Conversation>.new()), 'business', \(business), \(customer), true, \(now), \(now))
            on conflict on constraint conversations_of_customer do nothing
            returning id
            """)
        if let made {
            let agents = try await BusinessAgent.all(of: business, on: sql).map(\.user)
            try await Member.insert([business], as: .admin, in: made, at: now, on: sql)
            try await Member.insert(agents.filter { $0 != customer }, as: .moderator, in: made, at: now, on: sql)
            try await Member.insert([customer], as: .member, in: made, at: now, on: sql)
            return (made, true)
        }
        let there: ID<Conversation>? = try await sql.first(
            "select id from conversations where business_id = \(business) and customer_id = \(customer)")
        guard let there else { throw Problem(.notFound) }
        return (there, false)
    }
}
