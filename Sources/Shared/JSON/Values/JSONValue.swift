/// Any JSON, for what is truly open. A known shape is better served by a type.
package enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    case number(JSONNumber)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    package static func number(_ value: some FixedWidthInteger) -> JSONValue { .number(JSONNumber(value)) }

    /// The member of that name; nil in what is no object.
    package subscript(key: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members[key]
    }

    /// The element at that index; nil in what is no array, and behind its end.
    package subscript(index: Int) -> JSONValue? {
        guard case .array(let elements) = self, elements.indices.contains(index) else { return nil }
        return elements[index]
    }

    package var string: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    package var bool: Bool? {
        guard case .bool(let value) = self else { return nil }
        return value
    }

    package var number: JSONNumber? {
        guard case .number(let number) = self else { return nil }
        return number
    }

    package var integer: Int? { number?.integer() }

    package var double: Double? { number?.double }

    package var isNull: Bool { self == .null }
}

extension JSONValue: JSONReadable {
    package init(json: inout JSONReader) throws(JSONStop) {
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
    package func write(json: inout JSONWriter) {
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
    package init(nilLiteral: ()) { self = .null }

    package init(booleanLiteral value: Bool) { self = .bool(value) }

    package init(integerLiteral value: Int) { self = .number(value) }

    package init(stringLiteral text: String) { self = .string(text) }

    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }

    package init(dictionaryLiteral members: (String, JSONValue)...) {
        self = .object(Dictionary(members) { _, last in last })
    }
}
