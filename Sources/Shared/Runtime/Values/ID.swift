/// The id of one kind of thing, so that a message's id cannot be passed where a person's is meant.
package struct ID<Thing>: Hashable, Sendable, Comparable, CustomStringConvertible {
    package let uuid: UUID

    package init(_ uuid: UUID) { self.uuid = uuid }

    package init?(_ text: some StringProtocol) {
        guard let uuid = UUID(text) else { return nil }
        self.uuid = uuid
    }

    /// A new id; newer ones sort after older ones.
    package static func new() -> ID { ID(.v7()) }

    package static func < (left: ID, right: ID) -> Bool { left.uuid < right.uuid }

    package var description: String { uuid.description }
}
