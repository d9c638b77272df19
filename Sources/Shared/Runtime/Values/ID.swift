/// The id of one kind of thing, so that a message's id cannot be passed where a person's is meant.
public struct ID<Thing>: Hashable, Sendable, Comparable, CustomStringConvertible {
    public let uuid: UUID

    public init(_ uuid: UUID) { self.uuid = uuid }

    public init?(_ text: some StringProtocol) {
        guard let uuid = UUID(text) else { return nil }
        self.uuid = uuid
    }

    /// A new id; newer ones sort after older ones.
    public static func new() -> ID { ID(.v7()) }

    public static func < (left: ID, right: ID) -> Bool { left.uuid < right.uuid }

    public var description: String { uuid.description }
}
