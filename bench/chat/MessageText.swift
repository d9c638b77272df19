import Glibc
import Runtime

/// What a message of the load says: its number in ten digits, and words up to 120 bytes. By the number it is known again,
/// whatever a server makes of it.
struct MessageText {
    private static let digits = 10
    private static let words =
        " is the number of this message; the rest of it is here because people do write this much at times."
    private static let parts = (
        #"{"type":"text","content":""#, #"","clientId":""#, #""}"#
    )
    private static let content = (String(repeating: "0", count: digits) + words).padded(to: 120)
    private static let template = Array((parts.0 + content + parts.1 + content.prefix(digits) + parts.2).utf8)
    private static let places = (parts.0.utf8.count, parts.0.utf8.count + 120 + parts.1.utf8.count)

    static let bodyBytes = template.count

    private var body = template

    /// The request's body.
    mutating func numbered(_ number: Int) -> [UInt8] {
        var rest = number
        for digit in stride(from: Self.digits - 1, through: 0, by: -1) {
            let byte = UInt8(ascii: "0") + UInt8(rest % 10)
            body[Self.places.0 + digit] = byte
            body[Self.places.1 + digit] = byte
            rest /= 10
        }
        return body
    }
}

extension String {
    fileprivate func padded(to count: Int) -> String {
        String((self + String(repeating: ".", count: count)).prefix(count))
    }
}

/// Where something was found in the last of many texts that are all alike: there it is looked for first.
struct Spot {
    private let mark: StaticString
    private var last = 0

    init(_ mark: StaticString) { self.mark = mark }

    /// Where what follows the mark begins.
    mutating func end(in bytes: UnsafeRawBufferPointer, from start: Int = 0) -> Int? {
        let count = mark.utf8CodeUnitCount
        // A number before it may have got a digit more since.
        for place in last...last + 2 where place >= start && isMark(at: place, of: bytes) { return found(place) }
        guard bytes.count - start >= count else { return nil }
        for place in start...bytes.count - count where isMark(at: place, of: bytes) { return found(place) }
        return nil
    }

    private mutating func found(_ place: Int) -> Int {
        last = place
        return place + mark.utf8CodeUnitCount
    }

    private func isMark(at place: Int, of bytes: UnsafeRawBufferPointer) -> Bool {
        guard let base = bytes.baseAddress, place + mark.utf8CodeUnitCount <= bytes.count else { return false }
        return memcmp(base + place, mark.utf8Start, mark.utf8CodeUnitCount) == 0
    }
}

extension UnsafeRawBufferPointer {
    /// The decimal number that begins at a place.
    func number(at place: Int) -> Int {
        var (place, value) = (place, 0)
        while place < count, case let digit = self[place] &- UInt8(ascii: "0"), digit < 10 {
            value = value &* 10 &+ Int(digit)
            place += 1
        }
        return value
    }
}

/// What is read of an event: no more than is needed to judge it.
struct EventReader {
    private static let start: StaticString = #"{"type":"message.created","#
    private var rev = Spot(#""rev":"#)
    private var content = Spot(#""content":""#)

    /// Nil for an event of another kind.
    mutating func read(_ event: UnsafeRawBufferPointer) -> (number: Int, rev: Int)? {
        guard let base = event.baseAddress, event.count > Self.start.utf8CodeUnitCount,
            memcmp(base, Self.start.utf8Start, Self.start.utf8CodeUnitCount) == 0,
            let rev = rev.end(in: event), let content = content.end(in: event)
        else { return nil }
        return (event.number(at: content), event.number(at: rev))
    }
}
