import HTTP
import JSON
import Postgres
import Runtime

/// Up to where a member has got, and read, what was said.
package struct Receipt: Sendable, Codable, Equatable {
    package let conversation: ID<Conversation>
    package let user: ID<User>
    package let readSeq: Int64
    package let deliveredSeq: Int64
}

extension Receipt: RowDecodable {
    package init(row: Row) throws(RowError) {
        conversation = try row["conversation_id"]
        user = try row["user_id"]
        readSeq = try row["read_seq"]
        deliveredSeq = try row["delivered_seq"]
    }
}

extension Receipt: Representable {
    package static let representation = Representation<Receipt>(
        "Receipt", "Up to where a member has got, and read, what was said.",
        [
            .member("conversationId") { $0.conversation },
            .member("userId") { $0.user },
            .member("readSeq") { $0.readSeq },
            .member("deliveredSeq") { $0.deliveredSeq },
        ])
}
