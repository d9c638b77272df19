/// Names and values in the order they came; names are compared without regard to case.
package struct HTTPHeaders: Sendable, Equatable, ExpressibleByDictionaryLiteral {
    package struct Field: Sendable, Equatable {
        package let name: String
        package let value: String
    }

    package private(set) var fields: [Field] = []

    package init() {}

    package init(dictionaryLiteral pairs: (String, String)...) {
        fields = pairs.map { Field(name: $0, value: $1) }
    }

    /// The first value of that name.
    package subscript(name: String) -> String? {
        get { fields.first { Self.same($0.name, name) }?.value }
        set {
            remove(name)
            if let newValue { add(name, newValue) }
        }
    }

    package func all(_ name: String) -> [String] { fields.filter { Self.same($0.name, name) }.map(\.value) }

    package mutating func add(_ name: String, _ value: String) { fields.append(Field(name: name, value: value)) }

    package mutating func remove(_ name: String) { fields.removeAll { Self.same($0.name, name) } }

    /// The field that may not be sent: one that could end its line early and begin another, or that says how long the
    /// body is, which is for the client to say.
    var forbidden: Field? {
        fields.first { field in
            !Self.isToken(field.name) || !field.value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }
                || Self.reserved.contains { Self.same($0, field.name) }
        }
    }

    /// The name of a field that cannot be sent in an answer: it would end its line early, or is none.
    var unsendable: String? {
        fields.first { !Self.isToken($0.name) || !Self.isLine($0.value) }?.name
    }

    private static func isLine(_ value: String) -> Bool {
        var value = value
        return value.withUTF8 { bytes in
            let bytes = UnsafeRawBufferPointer(bytes).bytes
            return bytes.firstControl(from: 0, to: bytes.byteCount) == bytes.byteCount
        }
    }

    private static let reserved = ["content-length", "transfer-encoding", "connection", "expect"]

    private static func isToken(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.allSatisfy(Characters.isToken)
    }

    static func same(_ left: String, _ right: String) -> Bool {
        left.utf8.count == right.utf8.count
            && zip(left.utf8, right.utf8).allSatisfy { Characters.lower($0) == Characters.lower($1) }
    }
}
