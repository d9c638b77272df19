/// The place for one value in the document, as Codable sees it.
struct ValueEncoder: Encoder {
    let piece: EncodingPiece

    var codingPath: [any CodingKey] { piece.path.map(PathKey.init) }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        piece.open(.object)
        return KeyedEncodingContainer(KeyedEncoding<Key>(piece: piece))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        piece.open(.array)
        return UnkeyedEncoding(piece: piece)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { self }
}

extension ValueEncoder: SingleValueEncodingContainer {
    func encodeNil() throws { piece.writer.null() }
    func encode(_ value: Bool) throws { try piece.encode(scalar: value) }
    func encode(_ value: String) throws { try piece.encode(scalar: value) }
    func encode(_ value: Double) throws { try piece.encode(scalar: value) }
    func encode(_ value: Float) throws { try piece.encode(scalar: value) }
    func encode(_ value: Int) throws { try piece.encode(scalar: value) }
    func encode(_ value: Int8) throws { try piece.encode(scalar: value) }
    func encode(_ value: Int16) throws { try piece.encode(scalar: value) }
    func encode(_ value: Int32) throws { try piece.encode(scalar: value) }
    func encode(_ value: Int64) throws { try piece.encode(scalar: value) }
    func encode(_ value: UInt) throws { try piece.encode(scalar: value) }
    func encode(_ value: UInt8) throws { try piece.encode(scalar: value) }
    func encode(_ value: UInt16) throws { try piece.encode(scalar: value) }
    func encode(_ value: UInt32) throws { try piece.encode(scalar: value) }
    func encode(_ value: UInt64) throws { try piece.encode(scalar: value) }
    func encode<T: Encodable>(_ value: T) throws { try piece.encode(value) }
}

/// The members of an object.
struct KeyedEncoding<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let piece: EncodingPiece

    var codingPath: [any CodingKey] { piece.path.map(PathKey.init) }

    private func scalar(_ value: some CodableScalar, _ key: Key) throws {
        try piece.wholly {
            piece.writer.key(key.stringValue)
            try piece.encode(scalar: value)
        }
    }

    func encodeNil(forKey key: Key) throws {
        piece.writer.key(key.stringValue)
        piece.writer.null()
    }

    func encode(_ value: Bool, forKey key: Key) throws { try scalar(value, key) }
    func encode(_ value: String, forKey key: Key) throws { try scalar(value, key) }
    func encode(_ value: Double, forKey key: Key) throws { try scalar(value, key) }
    func encode(_ value: Float, forKey key: Key) throws { try scalar(value, key) }
    func encode(_ value: Int, forKey key: Key) throws { try scalar(value, key) }
    func encode(_ value: Int8, forKey key: Key) throws { try scalar(value, key) }
    func encode(_ value: Int16, forKey key: Key) throws { try scalar(value, key) }
    func encode(_ value: Int32, forKey key: Key) throws { try scalar(value, key) }
    func encode(_ value: Int64, forKey key: Key) throws { try scalar(value, key) }
    func encode(_ value: UInt, forKey key: Key) throws { try scalar(value, key) }
    func encode(_ value: UInt8, forKey key: Key) throws { try scalar(value, key) }
    func encode(_ value: UInt16, forKey key: Key) throws { try scalar(value, key) }
    func encode(_ value: UInt32, forKey key: Key) throws { try scalar(value, key) }
    func encode(_ value: UInt64, forKey key: Key) throws { try scalar(value, key) }

    func encode<T: Encodable>(_ value: T, forKey key: Key) throws {
        try piece.wholly {
            piece.writer.key(key.stringValue)
            try piece.encode(value)
        }
    }

    private func insert(_ name: String) -> ValueEncoder {
        piece.writer.key(name)
        return ValueEncoder(piece: piece.insert())
    }

    func nestedContainer<NestedKey: CodingKey>(
        keyedBy keyType: NestedKey.Type, forKey key: Key
    ) -> KeyedEncodingContainer<NestedKey> { insert(key.stringValue).container(keyedBy: keyType) }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        insert(key.stringValue).unkeyedContainer()
    }

    func superEncoder() -> any Encoder { insert("super") }

    func superEncoder(forKey key: Key) -> any Encoder { insert(key.stringValue) }
}

/// The elements of an array.
struct UnkeyedEncoding: UnkeyedEncodingContainer {
    let piece: EncodingPiece
    private(set) var count = 0

    init(piece: EncodingPiece) { self.piece = piece }

    var codingPath: [any CodingKey] { piece.path.map(PathKey.init) }

    private mutating func scalar(_ value: some CodableScalar) throws {
        try piece.wholly { try piece.encode(scalar: value) }
        count += 1
    }

    mutating func encodeNil() throws {
        count += 1
        piece.writer.null()
    }

    mutating func encode(_ value: Bool) throws { try scalar(value) }
    mutating func encode(_ value: String) throws { try scalar(value) }
    mutating func encode(_ value: Double) throws { try scalar(value) }
    mutating func encode(_ value: Float) throws { try scalar(value) }
    mutating func encode(_ value: Int) throws { try scalar(value) }
    mutating func encode(_ value: Int8) throws { try scalar(value) }
    mutating func encode(_ value: Int16) throws { try scalar(value) }
    mutating func encode(_ value: Int32) throws { try scalar(value) }
    mutating func encode(_ value: Int64) throws { try scalar(value) }
    mutating func encode(_ value: UInt) throws { try scalar(value) }
    mutating func encode(_ value: UInt8) throws { try scalar(value) }
    mutating func encode(_ value: UInt16) throws { try scalar(value) }
    mutating func encode(_ value: UInt32) throws { try scalar(value) }
    mutating func encode(_ value: UInt64) throws { try scalar(value) }

    mutating func encode<T: Encodable>(_ value: T) throws {
        try piece.wholly { try piece.encode(value) }
        count += 1
    }

    private mutating func insert() -> ValueEncoder {
        count += 1
        return ValueEncoder(piece: piece.insert())
    }

    mutating func nestedContainer<NestedKey: CodingKey>(
        keyedBy keyType: NestedKey.Type
    ) -> KeyedEncodingContainer<NestedKey> { insert().container(keyedBy: keyType) }

    mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { insert().unkeyedContainer() }

    mutating func superEncoder() -> any Encoder { insert() }
}
