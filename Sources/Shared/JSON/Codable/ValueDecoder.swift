/// One value of the document, as Codable sees it.
struct ValueDecoder: Decoder {
    let session: DecodingSession
    let index: Int

    var codingPath: [any CodingKey] { session.codingPath(of: index) }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        try session.require(.object, at: index, for: [String: Any].self)
        return KeyedDecodingContainer(KeyedDecoding<Key>(session: session, index: index))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        try session.require(.array, at: index, for: [Any].self)
        return UnkeyedDecoding(session: session, index: index)
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer { self }
}

extension ValueDecoder: SingleValueDecodingContainer {
    func decodeNil() -> Bool { session.kind(of: index) == .null }

    func decode(_ type: Bool.Type) throws -> Bool { try session.scalar(type, at: index) }
    func decode(_ type: String.Type) throws -> String { try session.scalar(type, at: index) }
    func decode(_ type: Double.Type) throws -> Double { try session.scalar(type, at: index) }
    func decode(_ type: Float.Type) throws -> Float { try session.scalar(type, at: index) }
    func decode(_ type: Int.Type) throws -> Int { try session.scalar(type, at: index) }
    func decode(_ type: Int8.Type) throws -> Int8 { try session.scalar(type, at: index) }
    func decode(_ type: Int16.Type) throws -> Int16 { try session.scalar(type, at: index) }
    func decode(_ type: Int32.Type) throws -> Int32 { try session.scalar(type, at: index) }
    func decode(_ type: Int64.Type) throws -> Int64 { try session.scalar(type, at: index) }
    func decode(_ type: UInt.Type) throws -> UInt { try session.scalar(type, at: index) }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try session.scalar(type, at: index) }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try session.scalar(type, at: index) }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try session.scalar(type, at: index) }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try session.scalar(type, at: index) }
    func decode<T: Decodable>(_ type: T.Type) throws -> T { try session.value(type, at: index) }
}

/// The members of an object.
struct KeyedDecoding<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let session: DecodingSession
    let index: Int

    var codingPath: [any CodingKey] { session.codingPath(of: index) }
    var allKeys: [Key] { session.keys(of: index).compactMap(Key.init) }

    func contains(_ key: Key) -> Bool { session.member(key.stringValue, of: index) != nil }

    func decodeNil(forKey key: Key) throws -> Bool { session.kind(of: try member(key)) == .null }

    /// Where the member stands; nowhere once its lack has been noted.
    private func member(_ key: Key) throws -> Int {
        if let member = session.member(key.stringValue, of: index) { return member }
        try session.missing(key, in: index)
        return DecodingSession.nowhere
    }

    private func scalar<T: CodableScalar>(_ key: Key) throws -> T {
        try session.scalar(T.self, at: try member(key))
    }

    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try scalar(key) }
    func decode(_ type: String.Type, forKey key: Key) throws -> String { try scalar(key) }
    func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try scalar(key) }
    func decode(_ type: Float.Type, forKey key: Key) throws -> Float { try scalar(key) }
    func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try scalar(key) }
    func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try scalar(key) }
    func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try scalar(key) }
    func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try scalar(key) }
    func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try scalar(key) }
    func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try scalar(key) }
    func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try scalar(key) }
    func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try scalar(key) }
    func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try scalar(key) }
    func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try scalar(key) }

    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
        try session.value(type, at: try member(key))
    }

    func nestedContainer<NestedKey: CodingKey>(
        keyedBy type: NestedKey.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<NestedKey> {
        try ValueDecoder(session: session, index: try member(key)).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try ValueDecoder(session: session, index: try member(key)).unkeyedContainer()
    }

    /// Without a member `super`, a superclass that wants nothing must still be able to read itself.
    func superDecoder() throws -> any Decoder {
        let member = session.member("super", of: index)
        return ValueDecoder(session: session, index: member ?? DecodingSession.nowhere)
    }

    func superDecoder(forKey key: Key) throws -> any Decoder {
        ValueDecoder(session: session, index: try member(key))
    }
}
