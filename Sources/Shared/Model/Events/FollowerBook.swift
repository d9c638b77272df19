import Postgres
import Runtime

/// Tells who follows a channel.
package struct FollowerBook: Sendable {
    /// A statement for more would keep a connection to itself for long.
    private static let most = 2000

    private let database: Database
    private let log: Logger

    package init(database: Database, log: Logger) {
        self.database = database
        self.log = log
    }

    /// Those of the people who do, each with the messages that they may see. It asks until it is answered.
    package func followers(
        of channel: ID<Conversation>, among people: [ID<User>]
    ) async -> [ID<User>: Stays] {
        var found: [ID<User>: Stays] = [:]
        for start in stride(from: 0, to: people.count, by: Self.most) {
            let part = Array(people[start..<min(start + Self.most, people.count)])
            // The present stay of each comes first; who has none does not follow it.
            for (user, from, to) in await read(channel, part) {
                if let to { found[user]?.add(earlier: from, to: to) } else { found[user] = Stays(from: from) }
            }
        }
        return found
    }

    private func read(
        _ channel: ID<Conversation>, _ people: [ID<User>]
    ) async -> [(user: ID<User>, from: Int64, to: Int64?)] {
        while !Task.isCancelled {
            do {
                let rows: [(ID<User>, Int64, Int64?)] = try await database.all(
                    """
                    select p.user_id, p.from_seq, p.to_seq from member_periods p
                    where p.conversation_id = \(channel) and p.user_id = any (\(people))
                    order by p.to_rev is not null
                    """)
                return rows.map { (user: $0.0, from: $0.1, to: $0.2) }
            } catch let error as PostgresError where error.kind == .closed {
                return []
            } catch {
                log.warning("who follows a channel cannot be read yet", ["error": .error(error)])
                do { try await SystemClock().sleep(for: .seconds(1)) } catch { return [] }
            }
        }
        return []
    }
}
