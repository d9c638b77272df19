import Postgres
import Runtime

/// How a poll stands, as somebody sees it.
package struct PollTally: Sendable, Equatable {
    /// Of each option.
    package let votes: [Int]
    /// How many people have voted.
    package let voters: Int
    /// The options that the person who looks has chosen; nil where it is for many to look at.
    package internal(set) var chosen: [Int]?

    var withoutViewer: PollTally {
        var shown = self
        shown.chosen = nil
        return shown
    }
}

extension PollTally: RowDecodable {
    package init(row: Row) throws(RowError) {
        votes = try row["votes"]
        voters = try row["voters"]
        chosen = try row["chosen"]
    }

    /// Nil as long as nobody has voted.
    static func find(in row: Row) throws(RowError) -> PollTally? {
        let votes: [Int]? = try row["votes"]
        return votes == nil ? nil : try PollTally(row: row)
    }

    /// Joins how polls among messages `n` stand; for other messages nothing is looked for.
    static func join(for viewer: SQL) -> SQL {
        """
        left join lateral (
            select p.votes, p.voters, array(
                    select x.choice::int from poll_votes x
                    where x.conversation_id = n.conversation_id and x.message_id = n.id and x.user_id = \(viewer)
                    order by x.choice
                ) as chosen
            from polls p
            where n.type = 'poll' and p.conversation_id = n.conversation_id and p.message_id = n.id
        ) v on true
        """
    }
}

/// Somebody who has voted.
package struct PollVoter: Sendable, RowDecodable {
    package let user: ID<User>
    package let choices: [Int]

    package init(row: Row) throws(RowError) {
        user = try row["user_id"]
        choices = try row["choices"]
    }
}
