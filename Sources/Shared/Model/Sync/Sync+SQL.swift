import Postgres
import Runtime

extension Conversations {
    /// What has changed since `point`, from one snapshot. A row may come twice, and none is passed over: what was not
    /// committed when the snapshot of `point` was taken was written by a transaction that is not older than its xmin.
    package func sync(_ user: SignedInUser, since point: Sync.Point?) async throws -> Sync {
        try await database.transaction(.readOnly) { transaction in
            let now: Now = try await transaction.one(
                """
                select s.system_identifier, d.oid::bigint as database, pg_snapshot_xmin(n.now)::text::bigint as xmin,
                    pg_snapshot_xmax(n.now)::text::bigint as xmax,
                    (select urev from users where id = \(user.id)) as urev
                from pg_control_system() s, pg_database d, (select pg_current_snapshot() as now) n
                where d.datname = current_database()
                """)
            let next = Sync.Point(life: now.life, xmin: now.xmin, urev: now.urev)
            // A point of a later time than ours is one of a database that was set back.
            guard let point, point.life == now.life, point.xmin <= now.xmax, point.urev <= now.urev else {
                return Sync(conversations: [], receipts: [], changes: [], reset: true, point: next)
            }
            let heads = try await Sync.heads(of: user.id, since: point.xmin, on: transaction)
            let receipts = try await Sync.receipts(for: user.id, since: point.xmin, on: transaction)
            let changes = try await Sync.changes(of: user.id, since: point.urev, on: transaction)
            guard max(heads.count, changes.count) <= Sync.most, receipts.count <= Sync.mostReceipts else {
                return Sync(conversations: [], receipts: [], changes: [], reset: true, point: next)
            }
            return Sync(conversations: heads, receipts: receipts, changes: changes, reset: false, point: next)
        }
    }
}

private struct Now: RowDecodable {
    let life: UUID
    let xmin: Int64
    let xmax: Int64
    let urev: Int64

    init(row: Row) throws(RowError) {
        let system: Int64 = try row["system_identifier"]
        let database: Int64 = try row["database"]
        life = UUID(high: UInt64(bitPattern: system), low: UInt64(bitPattern: database))
        xmin = try row["xmin"]
        xmax = try row["xmax"]
        urev = try row["urev"]
    }
}

extension Sync {
    /// Who has missed more reads everything anew.
    fileprivate static let most = 1000
    fileprivate static let mostReceipts = 5000

    fileprivate static func heads(
        of user: ID<User>, since xmin: Int64, on sql: some SQLRunner
    ) async throws -> [Head] {
        let rows: [(ID<Conversation>, Int64, Int64)] = try await sql.all(
            """
            select c.id, c.last_rev, c.last_seq
            from members m
            join conversations c on c.id = m.conversation_id and c.deleted_at is null
            where m.user_id = \(user) and m.left_at is null and c.changed_in >= \("\(xmin)")::text::xid8
            order by c.id
            limit \(most + 1)
            """)
        return rows.map { Head(conversation: $0.0, rev: $0.1, lastSeq: $0.2) }
    }

    /// In channels nobody learns what others have read. Whoever keeps their own to themselves sees those of nobody.
    fileprivate static func receipts(
        for user: ID<User>, since xmin: Int64, on sql: some SQLRunner
    ) async throws -> [Receipt] {
        let mark: SQL = "\("\(xmin)")::text::xid8"
        // One's own marks apart from the others', so that nobody reads the members of the channels they follow.
        return try await sql.all(
            """
            select m.conversation_id, m.user_id, m.read_seq, m.delivered_seq
            from members m
            join conversations c on c.id = m.conversation_id and c.deleted_at is null
            where m.user_id = \(user) and m.left_at is null and m.marked_in >= \(mark)
            union all
            select o.conversation_id, o.user_id, o.read_seq, o.delivered_seq
            from members m
            join conversations c on c.id = m.conversation_id and c.deleted_at is null and c.type <> 'channel'
            join members o on o.conversation_id = m.conversation_id and o.user_id <> m.user_id and o.left_at is null
            join user_settings mine on mine.user_id = m.user_id and mine.read_receipts
            join user_settings theirs on theirs.user_id = o.user_id and theirs.read_receipts
            where m.user_id = \(user) and m.left_at is null and o.marked_in >= \(mark)
                and not exists (
                    select from blocks b
                    where b.blocker_id = m.user_id and b.blocked_id = o.user_id
                        or b.blocker_id = o.user_id and b.blocked_id = m.user_id
                )
            order by conversation_id, user_id
            limit \(mostReceipts + 1)
            """)
    }

    fileprivate static func changes(
        of user: ID<User>, since urev: Int64, on sql: some SQLRunner
    ) async throws -> [OwnChange] {
        let rows: [(String, UUID, Int64)] = try await sql.all(
            """
            select subject, subject_id, urev from user_changes
            where user_id = \(user) and urev > \(urev)
            order by urev
            limit \(most + 1)
            """)
        return rows.map { OwnChange(subject: $0.0, id: $0.1, urev: $0.2) }
    }
}
