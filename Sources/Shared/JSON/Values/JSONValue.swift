/// Any JSON, for what is truly open. A known shape is better served by a type.
public enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    case number(JSONNumber)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    public static func number(_ value: some FixedWidthInteger) -> JSONValue { .number(JSONNumber(value)) }

    /// The member of that name; nil in what is no object.
    public subscript(key: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members[key]
    }

    /// The element at that index; nil in what is no array, and behind its end.
    public subscript(index: Int) -> JSONValue? {
        guard case .array(let elements) = self, elements.indices.contains(index) else { return nil }
        return elements[index]
    }

    public var string: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    public var bool: Bool? {
        guard case .bool(let value) = self else { return nil }
        return value
    }

    public var number: JSONNumber? {
        guard case .number(let number) = self else { return nil }
        return number
    }

    public var integer: Int? { number?.integer() }

    public var double: Double? { number?.double }

    public var isNull: Bool { self == .null }
}

extension JSONValue: JSONReadable {
    public init(json: inout JSONReader) throws(JSONStop) {
        switch try json.nextKind() {
        case .null:
            _ = try json.null()
            self = .null
        case .bool: self = .bool(try json.bool())
        case .number: self = .number(try json.number())
        case .string: self = .string(try json.string())
        case .array: self = .array(try json.read())
        case .object: self = .object(try json.read())
        }
    }
}

extension JSONValue: JSONWritable {
    /// Members are written in the order of their keys, so that equal values give equal bytes.
    public func write(json: inout JSONWriter) {
        switch self {
        case .null: json.null()
        case .bool(let value): json.value(value)
        case .number(let number): json.number(number.text)
        case .string(let text): json.value(text)
        case .array(let elements): elements.write(json: &json)
        case .object(let members): members.write(json: &json)
        }
    }
}

extension JSONValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByStringLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    public init(nilLiteral: ()) { self = .null }

    public init(booleanLiteral value: Bool) { self = .bool(value) }

    public init(integerLiteral value: Int) { self = .number(value) }

    public init(stringLiteral text: String) { self = .string(text) }

    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }

    public init(dictionaryLiteral members: (String, JSONValue)...) {
        self = .object(Dictionary(members) { _, last in last })
    }
}
