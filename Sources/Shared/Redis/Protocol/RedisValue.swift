/// One answer of Redis, or one element of an answer.
public enum RedisValue: Sendable, Hashable {
    case null
    case integer(Int)
    /// `+OK` and its like.
    case status(RedisBytes)
    case bulk(RedisBytes)
    /// `-ERR …`: thrown when it is the answer itself, a value when it stands inside an array.
    case error(RedisBytes)
    case array(RedisArray)
}

/// What an element is, and where: strings and arrays lie in the reply's storage.
struct ReplyNode {
    enum Kind: UInt8 { case null, integer, status, bulk, error, array }

    var kind = Kind.null
    var count: UInt32 = 0
    /// The integer itself, the offset of a string's bytes, or the index of an array's first element.
    var payload = 0
}

/// The elements of an array answer. They lie in one block; each is made into a value when it is asked for.
public struct RedisArray: Sendable, RandomAccessCollection {
    private let storage: ReplyStorage
    private let first: UInt32
    private let length: UInt32

    init(_ storage: ReplyStorage, first: Int, count: Int) {
        self.storage = storage
        self.first = UInt32(first)
        self.length = UInt32(count)
    }

    public var startIndex: Int { 0 }
    public var endIndex: Int { Int(length) }

    public subscript(index: Int) -> RedisValue {
        precondition(index >= 0 && index < endIndex, "past the end of the array")
        let node = storage.nodes[Int(first) + index]
        switch node.kind {
        case .null: return .null
        case .integer: return .integer(node.payload)
        case .status: return .status(bytes(of: node))
        case .bulk: return .bulk(bytes(of: node))
        case .error: return .error(bytes(of: node))
        case .array: return .array(RedisArray(storage, first: node.payload, count: Int(node.count)))
        }
    }

    private func bytes(of node: ReplyNode) -> RedisBytes {
        RedisBytes(storage, start: node.payload, count: Int(node.count))
    }
}

extension RedisArray: Hashable {
    public static func == (one: RedisArray, other: RedisArray) -> Bool { one.elementsEqual(other) }

    public func hash(into hasher: inout Hasher) {
        for element in self { hasher.combine(element) }
    }
}

extension RedisValue {
    public var isNull: Bool { self == .null }

    /// The bytes of a string or a status.
    public var bytes: RedisBytes? {
        switch self {
        case .bulk(let bytes), .status(let bytes): bytes
        default: nil
        }
    }

    public var string: String? { bytes?.string }

    /// An integer, or a string that is one.
    public var int: Int? {
        switch self {
        case .integer(let value): value
        case .bulk(let bytes): bytes.int
        default: nil
        }
    }

    public var array: RedisArray? {
        if case .array(let elements) = self { elements } else { nil }
    }

    /// The fields of a hash: what HGETALL and CONFIG GET answer, a flat list of names and values.
    public var fields: [String: RedisBytes]? {
        guard let array, array.count.isMultiple(of: 2) else { return nil }
        var fields: [String: RedisBytes] = [:]
        fields.reserveCapacity(array.count / 2)
        for index in stride(from: 0, to: array.count, by: 2) {
            guard let name = array[index].string, let value = array[index + 1].bytes else { return nil }
            fields[name] = value
        }
        return fields
    }
}

/// The same, for a caller to whom any other kind of answer is a fault.
extension RedisValue {
    public func expectInt() throws(RedisError) -> Int { try expect(int, "an integer") }
    public func expectBytes() throws(RedisError) -> RedisBytes { try expect(bytes, "a string") }
    public func expectString() throws(RedisError) -> String { try expect(string, "a string") }
    public func expectArray() throws(RedisError) -> RedisArray { try expect(array, "an array") }
    public func expectFields() throws(RedisError) -> [String: RedisBytes] { try expect(fields, "names and values") }

    private func expect<Wanted>(_ wanted: Wanted?, _ what: StaticString) throws(RedisError) -> Wanted {
        guard let wanted else { throw .unexpectedReply(wanted: "\(what)", got: kind) }
        return wanted
    }

    /// For messages: what came, without its content, which may be private.
    var kind: String {
        switch self {
        case .null: "null"
        case .integer: "an integer"
        case .status: "a status"
        case .bulk: "a string"
        case .error(let text): "the error \(text.string)"
        case .array: "an array"
        }
    }
}
