import Glibc
import Runtime

/// Names and values in the order they came; names are compared without regard to case.
///
/// They are kept as they are sent, so that an answer's head is one copy. A field that could end its line early is not kept,
/// only its name, for whoever says why nothing was sent.
public struct HTTPHeaders: Sendable, Equatable, ExpressibleByDictionaryLiteral {
    public struct Field: Sendable, Equatable {
        public let name: String
        public let value: String
    }

    /// `Name: value` and CRLF for each.
    private(set) var lines: [UInt8] = []
    /// The names of those that cannot be sent: they would end their line early, or are no names.
    private var unsendableNames: [String] = []
    /// Whether there is one that is the server's to say.
    private(set) var hasReserved = false

    public init() {}

    public init(dictionaryLiteral pairs: (String, String)...) {
        for (name, value) in pairs { add(name, value) }
    }

    public var fields: [Field] { ranges.map { Field(name: text($0.name), value: text($0.value)) } }

    /// The first value of that name.
    public subscript(name: String) -> String? {
        get { range(of: name).map { text($0.value) } }
        set {
            remove(name)
            if let newValue { add(name, newValue) }
        }
    }

    public func has(_ name: String) -> Bool { range(of: name) != nil }

    public func all(_ name: String) -> [String] { fields.filter { Self.same($0.name, name) }.map(\.value) }

    public mutating func add(_ name: String, _ value: String) {
        var (name, value) = (name, value)
        name.withUTF8 { name in
            value.withUTF8 { value in add(UnsafeRawBufferPointer(name), UnsafeRawBufferPointer(value)) }
        }
    }

    /// Adds what `write` writes, whole lines in their proper form: for fields that stand in every answer.
    public mutating func add(linesWithin room: Int, _ write: (inout ByteCursor) -> Void) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: room) { space in
            var cursor = ByteCursor(space)
            write(&cursor)
            lines.append(contentsOf: space[..<cursor.count])
        }
    }

    public mutating func remove(_ name: String) {
        guard has(name) else { return }
        let others = fields.filter { !Self.same($0.name, name) }
        lines = []
        hasReserved = false
        for field in others { add(field.name, field.value) }
    }

    var unsendable: String? { unsendableNames.first }

    /// The name of a field that a client may not send: also one that says how long the body is, which is for the client to
    /// say.
    var forbidden: String? {
        unsendable ?? fields.first { field in Self.ofClient.contains { Self.same($0, field.name) } }?.name
    }

    private static let ofClient = ["content-length", "transfer-encoding", "connection", "expect"]

    static func same(_ left: String, _ right: String) -> Bool {
        left.utf8.count == right.utf8.count
            && zip(left.utf8, right.utf8).allSatisfy { Characters.lower($0) == Characters.lower($1) }
    }

    // MARK: Lines

    /// What an answer's head takes, so that it is asked for once.
    private static let usual = 640

    private mutating func add(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) {
        guard !name.isEmpty, name.allSatisfy(Characters.isToken),
            value.bytes.firstControl(from: 0, to: value.count) == value.count
        else { return unsendableNames.append(String(decoding: name, as: UTF8.self)) }
        if Self.isReserved(name) { hasReserved = true }
        lines.reserveCapacity(max(lines.count + name.count + value.count + 4, Self.usual))
        lines.append(contentsOf: name)
        lines.append(UInt8(ascii: ":"))
        lines.append(UInt8(ascii: " "))
        lines.append(contentsOf: value)
        lines.append(0x0D)
        lines.append(0x0A)
    }

    private static func isReserved(_ name: UnsafeRawBufferPointer) -> Bool {
        let whole = 0..<name.count
        return switch name.count {
        case 4: name.bytes.matches(whole, "date")
        case 10: name.bytes.matches(whole, "connection") || name.bytes.matches(whole, "keep-alive")
        case 14: name.bytes.matches(whole, "content-length")
        case 17: name.bytes.matches(whole, "transfer-encoding")
        default: false
        }
    }

    /// Without those that are the server's to say.
    var unreserved: HTTPHeaders {
        var others = HTTPHeaders()
        for field in fields where !Self.isReserved(field.name) { others.add(field.name, field.value) }
        return others
    }

    private static func isReserved(_ name: String) -> Bool {
        var name = name
        return name.withUTF8 { isReserved(UnsafeRawBufferPointer($0)) }
    }

    // MARK: Looking

    private struct FieldRange {
        let name: Range<Int>
        let value: Range<Int>
    }

    private func text(_ range: Range<Int>) -> String { String(decoding: lines[range], as: UTF8.self) }

    private var ranges: [FieldRange] {
        var found: [FieldRange] = []
        var start = 0
        while let field = field(from: start) {
            found.append(field)
            start = field.value.upperBound + 2
        }
        return found
    }

    private func range(of name: String) -> FieldRange? {
        var name = name
        return name.withUTF8 { name in lines.withUnsafeBytes { Self.range(of: name, in: $0) } }
    }

    /// Each answer is asked for some: most lines end the question with one look at where their colon would be.
    private static func range(
        of name: UnsafeBufferPointer<UInt8>, in lines: UnsafeRawBufferPointer
    ) -> FieldRange? {
        guard let base = lines.baseAddress else { return nil }
        var start = 0
        while let found = memchr(base + start, 0x0D, lines.count - start) {
            let end = UnsafeRawPointer(found) - base
            let colon = start + name.count
            if colon < end, lines[colon] == UInt8(ascii: ":"),
                name.indices.allSatisfy({ Characters.lower(lines[start + $0]) == Characters.lower(name[$0]) })
            {
                return FieldRange(name: start..<colon, value: colon + 2..<end)
            }
            start = end + 2
        }
        return nil
    }

    private func field(from start: Int) -> FieldRange? {
        guard start < lines.count, let colon = lines[start...].firstIndex(of: UInt8(ascii: ":")),
            let end = lines[colon...].firstIndex(of: 0x0D)
        else { return nil }
        return FieldRange(name: start..<colon, value: colon + 2..<end)
    }
}
