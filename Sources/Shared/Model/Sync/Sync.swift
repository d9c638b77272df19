import HTTP
import JSON
import Postgres
import Runtime

/// What has changed for somebody since a point in time, so that a device knows what to read anew.
package struct Sync: Sendable {
    /// A point in time of one database's life.
    package struct Point: Sendable, Equatable {
        package let life: UUID
        /// Whatever older transactions wrote was seen.
        package let xmin: Int64
        package let urev: Int64

        package init(life: UUID, xmin: Int64, urev: Int64) {
            self.life = life
            self.xmin = xmin
            self.urev = urev
        }
    }

    /// A conversation in which something has changed.
    package struct Head: Sendable {
        package let conversation: ID<Conversation>
        package let rev: Int64
        package let lastSeq: Int64
    }

    /// Something of the person's own.
    package struct OwnChange: Sendable {
        package let subject: String
        package let id: UUID
        package let urev: Int64
    }

    package let conversations: [Head]
    package let receipts: [Receipt]
    package let changes: [OwnChange]
    /// What is known is not whole: everything has to be read anew.
    package let reset: Bool
    /// Where to go on from.
    package let point: Point
}

extension Sync.Head: Representable {
    package static let representation = Representation<Sync.Head>(
        "Head", "A conversation in which something has changed.",
        [
            .member("conversationId") { $0.conversation },
            .member("rev") { $0.rev },
            .member("lastSeq") { $0.lastSeq },
        ])
}

extension Sync.OwnChange: Representable {
    package static let representation = Representation<Sync.OwnChange>(
        "OwnChange", "Something of the person's own that has changed.",
        [
            .member("subject", "Of what kind it is.") { $0.subject },
            .member("subjectId", "What of that kind; the person where there is only one.") { $0.id },
            .member("urev", "Counts what changes for the person.") { $0.urev },
        ])
}
