/// The elements of an array, one after the other.
struct UnkeyedDecoding: UnkeyedDecodingContainer {
    let session: DecodingSession
    let index: Int
    private(set) var currentIndex = 0
    /// The entry of the next element.
    private var at: Int
    /// How many more elements were asked for than there are.
    private var lacking = 0

    init(session: DecodingSession, index: Int) {
        self.session = session
        self.index = index
        at = index + 1
    }

    var codingPath: [any CodingKey] { session.codingPath(of: index) }
    var count: Int? { index == DecodingSession.nowhere ? 0 : Int(session.entries[index].count) }
    var isAtEnd: Bool { currentIndex == count }

    /// Moves behind the next element and answers where it stands; nowhere once its lack has been noted.
    private mutating func next() throws -> Int {
        guard !isAtEnd else {
            try session.missing(PathKey(.index(currentIndex + lacking)), in: index)
            lacking += 1
            return DecodingSession.nowhere
        }
        defer {
            at = Int(session.entries[at].next)
            currentIndex += 1
        }
        return at
    }

    mutating func decodeNil() throws -> Bool {
        guard !isAtEnd, session.kind(of: at) == .null else { return false }
        _ = try next()
        return true
    }

    private mutating func scalar<T: CodableScalar>() throws -> T { try session.scalar(T.self, at: try next()) }

    mutating func decode(_ type: Bool.Type) throws -> Bool { try scalar() }
    mutating func decode(_ type: String.Type) throws -> String { try scalar() }
    mutating func decode(_ type: Double.Type) throws -> Double { try scalar() }
    mutating func decode(_ type: Float.Type) throws -> Float { try scalar() }
    mutating func decode(_ type: Int.Type) throws -> Int { try scalar() }
    mutating func decode(_ type: Int8.Type) throws -> Int8 { try scalar() }
    mutating func decode(_ type: Int16.Type) throws -> Int16 { try scalar() }
    mutating func decode(_ type: Int32.Type) throws -> Int32 { try scalar() }
    mutating func decode(_ type: Int64.Type) throws -> Int64 { try scalar() }
    mutating func decode(_ type: UInt.Type) throws -> UInt { try scalar() }
    mutating func decode(_ type: UInt8.Type) throws -> UInt8 { try scalar() }
    mutating func decode(_ type: UInt16.Type) throws -> UInt16 { try scalar() }
    mutating func decode(_ type: UInt32.Type) throws -> UInt32 { try scalar() }
    mutating func decode(_ type: UInt64.Type) throws -> UInt64 { try scalar() }
    mutating func decode<T: Decodable>(_ type: T.Type) throws -> T { try session.value(type, at: try next()) }

    mutating func nestedContainer<NestedKey: CodingKey>(
        keyedBy type: NestedKey.Type
    ) throws -> KeyedDecodingContainer<NestedKey> {
        try ValueDecoder(session: session, index: try next()).container(keyedBy: type)
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        try ValueDecoder(session: session, index: try next()).unkeyedContainer()
    }

    mutating func superDecoder() throws -> any Decoder { ValueDecoder(session: session, index: try next()) }
}
