import Runtime

/// Deliveries as bytes: what goes through Redis. Both ends may be of different releases for a while, so it begins with the
/// number of its form.
package enum Publication {
    private static let form: UInt8 = 1
    /// A subscriber that is behind should not be cut off for one large message.
    private static let largest = 128 << 10

    private struct Flags: OptionSet {
        let rawValue: UInt8
        static let droppable = Flags(rawValue: 1)
        static let followers = Flags(rawValue: 2)
        static let inConversation = Flags(rawValue: 4)
        static let watched = Flags(rawValue: 8)
    }

    /// In order; as many as it takes.
    package static func encode(_ deliveries: [Delivery]) -> [[UInt8]] {
        var all: [[UInt8]] = []
        var buffer = ByteBuffer()
        for delivery in deliveries {
            if buffer.isEmpty { buffer.append(byte: form) }
            buffer.append(delivery)
            guard buffer.count >= largest else { continue }
            all.append(buffer.toArray())
            buffer.clear()
        }
        if !buffer.isEmpty { all.append(buffer.toArray()) }
        return all
    }

    /// Nil where it is none, or of a form that is not known here.
    package static func decode(_ bytes: UnsafeRawBufferPointer) -> [Delivery]? {
        var cursor = Cursor(bytes: bytes)
        guard cursor.byte() == form else { return nil }
        var deliveries: [Delivery] = []
        while !cursor.isAtEnd {
            guard let delivery = cursor.delivery() else { return nil }
            deliveries.append(delivery)
        }
        return deliveries
    }

    /// Reads what may be cut off anywhere.
    private struct Cursor {
        let bytes: UnsafeRawBufferPointer
        var position = 0

        var isAtEnd: Bool { position == bytes.count }

        mutating func take(_ count: Int) -> UnsafeRawBufferPointer? {
            guard count >= 0, count <= bytes.count - position else { return nil }
            defer { position += count }
            return UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
        }

        mutating func byte() -> UInt8? { take(1)?.first }

        mutating func number() -> Int64? {
            take(8).map { Int64(bigEndian: $0.loadUnaligned(as: Int64.self)) }
        }

        mutating func count() -> Int? {
            take(4).map { Int(UInt32(bigEndian: $0.loadUnaligned(as: UInt32.self))) }
        }

        mutating func id<Subject>() -> ID<Subject>? { take(16).map { ID(UUID(bytes: $0)) } }

        mutating func people() -> [ID<User>]? {
            guard let count = count(), let all = take(count * 16) else { return nil }
            return (0..<count).map { ID(UUID(bytes: UnsafeRawBufferPointer(rebasing: all[$0 * 16..<$0 * 16 + 16]))) }
        }

        mutating func delivery() -> Delivery? {
            guard let flags = byte().map(Flags.init), let conversation: ID<Conversation> = id(),
                let watched: ID<User> = id(), let rev = number(), let told = people(), let passed = people(),
                let audience = number(), let seq = number(),
                let length = count(), let frame = take(length)
            else { return nil }
            let recipients: Delivery.Recipients =
                flags.contains(.followers)
                ? .followers(audience: audience, seq: seq, keptFrom: told) : .people(told)
            return Delivery(
                flags.contains(.inConversation) ? conversation : nil, rev: rev, to: recipients, passed: passed,
                Array(frame), isDroppable: flags.contains(.droppable),
                watched: flags.contains(.watched) ? watched : nil)
        }
    }

    fileprivate static func flags(of delivery: Delivery) -> UInt8 {
        var flags: Flags = []
        if delivery.isDroppable { flags.insert(.droppable) }
        if delivery.conversation != nil { flags.insert(.inConversation) }
        if delivery.watched != nil { flags.insert(.watched) }
        if case .followers = delivery.recipients { flags.insert(.followers) }
        return flags.rawValue
    }
}

extension ByteBuffer {
    fileprivate mutating func append(_ delivery: Delivery) {
        append(byte: Publication.flags(of: delivery))
        append(delivery.conversation?.uuid ?? UUID(high: 0, low: 0))
        append(delivery.watched?.uuid ?? UUID(high: 0, low: 0))
        append(bigEndian: delivery.rev)
        switch delivery.recipients {
        case .people(let people):
            append(people)
            append(delivery.passed)
            append(bigEndian: Int64(0))
            append(bigEndian: Int64(0))
        case .followers(let audience, let seq, let keptFrom):
            append(keptFrom)
            append(delivery.passed)
            append(bigEndian: audience)
            append(bigEndian: seq)
        }
        append(bigEndian: UInt32(delivery.frame.count))
        append(delivery.frame)
    }

    private mutating func append(_ people: [ID<User>]) {
        append(bigEndian: UInt32(people.count))
        reserve(people.count * 16)
        for person in people { append(person.uuid) }
    }

    private mutating func append(_ uuid: UUID) {
        append(bigEndian: uuid.high)
        append(bigEndian: uuid.low)
    }
}
