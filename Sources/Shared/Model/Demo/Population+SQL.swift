import Crypto
import Postgres
import Runtime

extension Population {
    func insert(_ people: [Resident], on transaction: some SQLRunner) async throws {
        try await transaction.run(
            """
            with people as (
                insert into users (
                    id, username, email, email_verified_at, display_name, created_at, updated_at, last_seen_at)
                select p.id, p.username, p.username || '@example.org', \(now), p.username, \(now), \(now), \(now)
                from unnest(\(people.map(\.user)), \(people.map(\.username))) as p (id, username)
                returning id
            )
            insert into user_settings (user_id, updated_at)
            select id, \(now) from people
            """)
        let seeds = people.map { _ in SecureRandom.bytes(32) }
        try await transaction.run(
            """
            insert into sessions (
                id, user_id, method, device, seed, rotated_at, created_at, last_used_at, idle_until, expires_at)
            select s.id, s.user_id, 'password', 'load test', s.seed, \(now), \(now), \(now), \(now + config.idleLifetime),
                \(now + Lifetimes.session)
            from unnest(\(people.map(\.session)), \(people.map(\.user)), \(seeds)) as s (id, user_id, seed)
            """)
    }

    func insert(_ groups: [Group], of people: [Resident], on transaction: some SQLRunner) async throws {
        try await transaction.run(
            """
            insert into conversations (id, type, title, member_count, last_rev, active_at, created_at)
            select g.id, 'group', g.title, g.size, 1, \(now), \(now)
            from unnest(\(groups.map(\.id)), \(groups.map(\.title)), \(groups.map(\.size))) as g (id, title, size)
            """)
        try await transaction.run(
            """
            with joined as (
                insert into members (conversation_id, user_id, role, joined_at, rev)
                select m.conversation_id, m.user_id, case when m.is_first then 'admin' else 'member' end, \(now), 1
                from unnest(\(people.map(\.conversation)), \(people.map(\.user)), \(people.map(\.isFirst)))
                    as m (conversation_id, user_id, is_first)
                returning conversation_id, user_id
            )
            insert into member_periods (conversation_id, user_id, from_seq, from_rev)
            select conversation_id, user_id, 1, 1 from joined
            """)
    }
}
