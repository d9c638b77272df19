import HTTP
import JSON
import Postgres
import Runtime

/// How present somebody is, for those who may know.
package struct Presence: Sendable {
    package enum Availability: String, Sendable, CaseIterable {
        case online, away, busy, offline
    }

    package let user: ID<User>
    package let availability: Availability
    /// Of who is offline.
    package let lastSeenAt: Timestamp?
}

extension Presence.Availability: SchemaBearing {}

extension Presence: Representable {
    package static let representation = Representation<Presence>(
        "Presence", "How present somebody is.",
        [
            .member("userId") { $0.user },
            .member("availability") { $0.availability },
            .member("lastSeenAt", "Of who is offline, where it is known.") {
                $0.availability == .offline ? $0.lastSeenAt : nil
            },
        ])
}

/// Who hears how present somebody is without having asked: those they write with alone. Whoever hides it tells nobody, and
/// hears of nobody.
struct Sight: RowDecodable {
    let user: ID<User>
    let lastSeenAt: Timestamp?
    let partners: [ID<User>]
    /// With whom they want nothing to do, or the other way round: however they watch, they hear nothing.
    let estranged: [ID<User>]

    init(row: Row) throws(RowError) {
        user = try row["id"]
        lastSeenAt = try row["last_seen_at"]
        partners = try row["partners"]
        estranged = try row["estranged"]
    }

    static func all(of users: [ID<User>], on sql: some SQLRunner) async throws -> [Sight] {
        try await sql.all(
            """
            select u.id, u.last_seen_at, array(
                select p.id
                from (
                    select second_id as id from conversations where first_id = u.id
                    union
                    select first_id from conversations where second_id = u.id
                ) p
                join user_settings s on s.user_id = p.id and s.last_seen = 'everyone'
                where not exists (
                    select from blocks b
                    where b.blocker_id = u.id and b.blocked_id = p.id or b.blocker_id = p.id and b.blocked_id = u.id
                )
            ) as partners, array(
                select b.blocked_id from blocks b where b.blocker_id = u.id
                union
                select b.blocker_id from blocks b where b.blocked_id = u.id
            ) as estranged
            from users u
            join user_settings s on s.user_id = u.id and s.last_seen = 'everyone'
            where u.id = any (\(users)) and u.deleted_at is null
            """)
    }

    /// With whom each of the people writes alone.
    static func partners(
        of users: [ID<User>], on sql: some SQLRunner
    ) async throws -> [ID<User>: [ID<User>]] {
        let pairs: [(ID<User>, ID<User>)] = try await sql.all(
            """
            select first_id, second_id from conversations where first_id = any (\(users))
            union all
            select second_id, first_id from conversations where second_id = any (\(users))
            """)
        return Dictionary(grouping: pairs, by: \.0).mapValues { $0.map(\.1) }
    }

    /// Those of the people whose presence somebody may know.
    static func visible(
        _ users: [ID<User>], to viewer: ID<User>, on sql: some SQLRunner
    ) async throws -> [(ID<User>, Timestamp?)] {
        try await sql.all(
            """
            select u.id, u.last_seen_at
            from users u
            join user_settings s on s.user_id = u.id and s.last_seen = 'everyone'
            where u.id = any (\(users)) and u.deleted_at is null
                and exists (select from user_settings v where v.user_id = \(viewer) and v.last_seen = 'everyone')
                and not exists (
                    select from blocks b
                    where b.blocker_id = u.id and b.blocked_id = \(viewer) or b.blocker_id = \(viewer) and b.blocked_id = u.id
                )
            """)
    }
}
