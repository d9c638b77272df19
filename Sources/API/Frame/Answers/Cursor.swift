import HTTP
import JSON
import Model
import Runtime

/// Where a page of a list begins, as the client sent it.
package struct Cursor: Sendable {
    let text: String
}

/// Which part of a list is wanted.
package struct PageRequest: Sendable {
    package let limit: Int
    package let cursor: Cursor?
}

extension Schema where Value == Cursor {
    package static let cursor = Schema<String>.text(1...512, of: .token).mapped(placeholder: Cursor(text: "")) {
        Cursor(text: $0)
    }
}

extension InputReader {
    /// `limit` and `cursor`, as every list has them.
    package mutating func page() -> PageRequest {
        PageRequest(
            limit: query("limit", .integer(1...100).described("How many at most."), default: 50),
            cursor: queryIfPresent(
                "cursor", .cursor.described("Where to go on: `nextCursor` of the page before.")))
    }
}

/// What a place in a list can be made of.
package protocol CursorPart: Sendable {
    func write(to place: inout CursorPlace)
    init?(from place: inout CursorPlace)
}

/// The bytes of a place, in order.
package struct CursorPlace {
    fileprivate(set) var bytes: [UInt8] = []
    private var position = 0

    init(_ bytes: [UInt8] = []) { self.bytes = bytes }

    var isAtEnd: Bool { position == bytes.count }

    fileprivate mutating func append(_ value: UInt64) {
        withUnsafeBytes(of: value.bigEndian) { bytes += $0 }
    }

    fileprivate mutating func next() -> UInt64? {
        guard position + 8 <= bytes.count else { return nil }
        defer { position += 8 }
        return bytes[position..<position + 8].reduce(0) { $0 << 8 | UInt64($1) }
    }

    fileprivate mutating func next(count: Int) -> ArraySlice<UInt8>? {
        guard count >= 0, count <= bytes.count - position else { return nil }
        defer { position += count }
        return bytes[position..<position + count]
    }
}

extension Call {
    /// What to send as `nextCursor`: the place behind an element, made of what the list is ordered by.
    package func cursor<each Part: CursorPart>(after values: repeat each Part) -> String {
        var place = CursorPlace()
        repeat (each values).write(to: &place)
        return parts.cursors.seal(place.bytes, for: cursorScope)
    }

    /// The place that a cursor stands for; one that was not made here, for this person, is refused.
    package func place<each Part: CursorPart>(
        of cursor: Cursor, as type: (repeat each Part).Type = (repeat each Part).self
    ) throws(Problem) -> (repeat each Part) {
        guard let bytes = parts.cursors.open(cursor.text, for: cursorScope) else { throw Self.badCursor }
        var place = CursorPlace(bytes)
        let values = (repeat try Self.part((each Part).self, &place))
        guard place.isAtEnd else { throw Self.badCursor }
        return values
    }

    private static func part<Part: CursorPart>(
        _ type: Part.Type, _ place: inout CursorPlace
    ) throws(Problem) -> Part {
        guard let part = Part(from: &place) else { throw badCursor }
        return part
    }

    private static var badCursor: Problem { Problem(.invalidCursor, "The cursor is not one of this list") }
}

extension UUID: CursorPart {
    package func write(to place: inout CursorPlace) {
        place.append(high)
        place.append(low)
    }

    package init?(from place: inout CursorPlace) {
        guard let high = place.next(), let low = place.next() else { return nil }
        self.init(high: high, low: low)
    }
}

extension ID: CursorPart {
    package func write(to place: inout CursorPlace) { uuid.write(to: &place) }

    package init?(from place: inout CursorPlace) {
        guard let uuid = UUID(from: &place) else { return nil }
        self.init(uuid)
    }
}

extension Int64: CursorPart {
    package func write(to place: inout CursorPlace) { place.append(UInt64(bitPattern: self)) }

    package init?(from place: inout CursorPlace) {
        guard let bits = place.next() else { return nil }
        self.init(bitPattern: bits)
    }
}

extension Timestamp: CursorPart {
    package func write(to place: inout CursorPlace) { microseconds.write(to: &place) }

    package init?(from place: inout CursorPlace) {
        guard let microseconds = Int64(from: &place) else { return nil }
        self.init(microseconds: microseconds)
    }
}

extension String: CursorPart {
    package func write(to place: inout CursorPlace) {
        place.append(UInt64(utf8.count))
        place.bytes += Array(utf8)
    }

    package init?(from place: inout CursorPlace) {
        guard let count = place.next(), let count = Int(exactly: count), let bytes = place.next(count: count) else {
            return nil
        }
        self.init(validating: bytes, as: UTF8.self)
    }
}
