import JSON
import Postgres
import Queue
import Runtime

extension Conversations {
    /// Puts these choices in the place of the person's earlier ones; none takes the vote back. The same again changes nothing.
    package func vote(_ choices: [Int], on id: ID<Message>, by user: SignedInUser) async throws -> Message {
        try await changing(id, by: user) { standing, transaction in
            let choices = try standing.check(choices, at: now)
            guard !standing.isBlocked else { return }
            let before: [Int] = try await transaction.all(
                """
                select choice::int from poll_votes
                where conversation_id = \(standing.conversation) and message_id = \(id) and user_id = \(user.id)
                """)
            guard Set(before) != Set(choices) else { return }
            try await standing.replaceVotes(before, choices, of: user.id, at: now, on: transaction)
            if standing.conversationKind == .channel {
                try await PublishCounts(message: id).gather(on: transaction)
            } else {
                try await standing.touch(on: transaction)
            }
        }
    }

    /// Who has voted how, where that is no secret.
    package func voters(
        of id: ID<Message>, for user: SignedInUser, after: ID<User>?, limit: Int
    ) async throws -> [PollVoter] {
        let poll = try await database.value(of: message(id, for: user))
        guard poll.kind == "poll" else { throw Problem(.notFound, "This is no poll.") }
        guard poll.metadata?["anonymous"]?.bool != true else {
            throw Problem(.forbidden, "Nobody is told who voted in an anonymous poll")
        }
        return try await database.all(
            """
            select user_id, array_agg(choice::int order by choice) as choices
            from poll_votes
            where conversation_id = \(poll.conversation) and message_id = \(id)
                and (\(after)::uuid is null or user_id > \(after))
            group by user_id
            order by user_id
            limit \(limit)
            """)
    }
}

extension MessageStanding {
    /// The choices without repetitions, if they are some that the poll has.
    fileprivate func check(_ choices: [Int], at now: Timestamp) throws(Problem) -> [Int] {
        guard kind == "poll", case .array(let options)? = metadata?["options"] else {
            throw .invalid("options", .invalid, "belong to no message of this type")
        }
        let isOver = metadata?["closesAt"]?.string.flatMap { Timestamp(rfc3339: $0) }.map { $0 <= now } ?? false
        guard !isOver else { throw Problem(.conflict, "This poll is closed") }
        let distinct = Set(choices)
        guard distinct.allSatisfy(options.indices.contains) else {
            throw .invalid("options", .outOfRange, "name what the poll does not have")
        }
        guard distinct.count <= 1 || metadata?["multiple"]?.bool == true else {
            throw .invalid("options", .tooMany, "only one may be chosen")
        }
        return distinct.sorted()
    }

    fileprivate func replaceVotes(
        _ before: [Int], _ after: [Int], of user: ID<User>, at now: Timestamp, on transaction: some SQLRunner
    ) async throws {
        try await transaction.run(
            """
            delete from poll_votes
            where conversation_id = \(conversation) and message_id = \(message) and user_id = \(user)
            """)
        try await transaction.run(
            """
            insert into poll_votes (conversation_id, message_id, user_id, choice, voted_at)
            select \(conversation), \(message), \(user), c, \(now) from unnest(\(after)::int[]) c
            """)
        guard case .array(let options)? = metadata?["options"] else { return }
        let difference = options.indices.map { (after.contains($0) ? 1 : 0) - (before.contains($0) ? 1 : 0) }
        let voters = (after.isEmpty ? 0 : 1) - (before.isEmpty ? 0 : 1)
        try await transaction.run(
            """
            insert into polls (conversation_id, message_id, votes, voters)
            values (\(conversation), \(message), array_fill(0, array[\(options.count)::int]), 0)
            on conflict (conversation_id, message_id) do nothing
            """)
        try await transaction.run(
            """
            update polls p
            set votes = (
                    select array_agg(was + more order by place)
                    from unnest(p.votes, \(difference)::int[]) with ordinality v (was, more, place)
                ), voters = p.voters + \(voters)
            where p.conversation_id = \(conversation) and p.message_id = \(message)
            """)
    }
}
