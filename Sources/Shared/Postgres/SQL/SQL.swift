/// A statement: text that was written in the source, and values that travel beside it as `$1`, `$2` …
///
/// Interpolating a value makes it a parameter; only a `StaticString` or another `SQL` becomes text. So nothing that came
/// from outside can ever be read as SQL.
public struct SQL: Sendable {
    /// A run of text from the source, or a parameter's place in it.
    enum Piece: Sendable {
        case text(StaticString)
        case parameter(Parameter)
    }

    /// Where a value lies in `values`.
    struct Parameter: Sendable {
        let type: PostgresType
        let offset: Int32
        /// -1 is NULL.
        let count: Int32

        /// A value whose type the server infers goes as text, every other one in the binary format.
        var isText: Bool { type == .inferred }
    }

    private(set) var pieces: [Piece]
    private(set) var values: SQLBytes
    private(set) var parameterCount = 0
    /// Mixed from the places and lengths of the texts and from the types: equal statements of one place in the source
    /// have equal fingerprints, and no text is read to find that out.
    private(set) var fingerprint: UInt64 = 0x9E37_79B9_7F4A_7C15

    init(pieces: Int, values: Int) {
        self.pieces = []
        self.pieces.reserveCapacity(pieces)
        self.values = SQLBytes(capacity: values)
    }

    mutating func append(_ text: StaticString) {
        guard text.utf8CodeUnitCount > 0 else { return }
        pieces.append(.text(text))
        mix(UInt64(UInt(bitPattern: text.utf8Start)))
        mix(UInt64(text.utf8CodeUnitCount))
    }

    mutating func append<Value: SQLEncodable>(_ value: Value) {
        append(parameter: values.append(parameter: value), of: Value.sqlType)
    }

    mutating func append(_ fragment: SQL) {
        let base = values.bytes.count
        for piece in fragment.pieces {
            switch piece {
            case .text(let text): append(text)
            case .parameter(let parameter):
                append(
                    parameter: (offset: base + Int(parameter.offset), count: Int(parameter.count)),
                    of: parameter.type)
            }
        }
        values.append(contentsOf: fragment.values)
    }

    private mutating func append(parameter place: (offset: Int, count: Int), of type: PostgresType) {
        pieces.append(
            .parameter(Parameter(type: type, offset: Int32(place.offset), count: Int32(place.count))))
        parameterCount += 1
        mix(UInt64(type.rawValue) | 1 << 63)
    }

    private mutating func mix(_ bits: UInt64) {
        fingerprint = (fingerprint ^ bits) &* 0xFF51_AFD7_ED55_8CCD
        fingerprint ^= fingerprint >> 32
    }
}

extension SQL {
    /// The text as the server gets it, with `$n` for the values.
    public var text: String {
        var text = ""
        var number = 0
        for piece in pieces {
            switch piece {
            case .text(let part): text += part.description
            case .parameter:
                number += 1
                text += "$\(number)"
            }
        }
        return text
    }

    var types: [PostgresType] {
        pieces.compactMap { piece in
            if case .parameter(let parameter) = piece { parameter.type } else { nil }
        }
    }

    /// Whether both are the same statement, whatever their values: same texts at the same places, same types.
    func isSameStatement(as other: SQL) -> Bool {
        guard fingerprint == other.fingerprint, pieces.count == other.pieces.count else { return false }
        for (mine, theirs) in zip(pieces, other.pieces) {
            switch (mine, theirs) {
            case (.text(let mine), .text(let theirs)):
                guard mine.utf8Start == theirs.utf8Start, mine.utf8CodeUnitCount == theirs.utf8CodeUnitCount
                else { return false }
            case (.parameter(let mine), .parameter(let theirs)):
                guard mine.type == theirs.type else { return false }
            default: return false
            }
        }
        return true
    }
}

extension SQL: ExpressibleByStringInterpolation {
    /// Collects the texts and values of one string literal.
    public struct StringInterpolation: StringInterpolationProtocol {
        var statement: SQL

        public init(literalCapacity: Int, interpolationCount: Int) {
            statement = SQL(pieces: interpolationCount * 2 + 1, values: interpolationCount * 16)
        }

        public mutating func appendLiteral(_ literal: StaticString) { statement.append(literal) }

        public mutating func appendInterpolation<Value: SQLEncodable>(_ value: Value) { statement.append(value) }

        /// The compiler warns of an interpolated optional unless there is an overload for it.
        public mutating func appendInterpolation<Value: SQLEncodable>(_ value: Value?) { statement.append(value) }

        public mutating func appendInterpolation(_ fragment: SQL) { statement.append(fragment) }

        /// Text of the source, such as a list of columns that several statements share.
        public mutating func appendInterpolation(literally text: StaticString) { statement.append(text) }
    }

    public init(stringLiteral literal: StaticString) {
        self.init(pieces: 1, values: 0)
        append(literal)
    }

    public init(stringInterpolation: StringInterpolation) { self = stringInterpolation.statement }
}
