import Postgres
import Runtime

/// What can be done with many messages in one request.
package enum BulkAction: String, Sendable, CaseIterable {
    case deleteForMe = "delete_for_me"
    case deleteForAll = "delete_for_all"
    case save, unsave, pin, unpin
}

/// What became of one of them.
package struct BulkOutcome: Sendable {
    package let id: ID<Message>
    package let problem: Problem?
}

extension Conversations {
    /// Each by itself: what is refused for one does not keep the others.
    package func perform(
        _ action: BulkAction, on ids: [ID<Message>], by user: SignedInUser
    ) async throws -> [BulkOutcome] {
        var outcomes: [BulkOutcome] = []
        for id in ids {
            do {
                try await perform(action, on: id, by: user)
                outcomes.append(BulkOutcome(id: id, problem: nil))
            } catch let problem as Problem {
                outcomes.append(BulkOutcome(id: id, problem: problem))
            }
        }
        return outcomes
    }

    private func perform(_ action: BulkAction, on id: ID<Message>, by user: SignedInUser) async throws {
        switch action {
        case .deleteForMe: try await hide(id, by: user)
        case .deleteForAll: try await deleteForAll(id, by: user)
        case .save: try await setSaved(true, id, by: user)
        case .unsave: try await setSaved(false, id, by: user)
        case .pin: _ = try await setPinned(true, id, by: user)
        case .unpin: _ = try await setPinned(false, id, by: user)
        }
    }
}
