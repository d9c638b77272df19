import JSON

/// What a JSON value may be, as OpenAPI 3.1 says it (JSON Schema 2020-12), as far as we use that.
public struct JSONSchema: Sendable {
    public indirect enum Form: Sendable {
        case any
        case bool
        case integer(ClosedRange<Int64>)
        case number(ClosedRange<Double>)
        case string(Text)
        case array(of: JSONSchema, count: ClosedRange<Int>, isUnique: Bool)
        case object([Member])
        case map(of: JSONSchema)
        case oneOf([JSONSchema])
        /// Stands under its name among the components; asked for only when a document is made, so types may refer to
        /// themselves.
        case named(String, @Sendable () -> JSONSchema)
    }

    public struct Text: Sendable {
        public var length = 0...Int.max
        public var format: String?
        public var pattern: String?
        public var choices: [String]?
    }

    public struct Member: Sendable {
        public let name: String
        public let schema: JSONSchema
        public let isRequired: Bool

        public init(_ name: String, _ schema: JSONSchema, isRequired: Bool = true) {
            self.name = name
            self.schema = schema
            self.isRequired = isRequired
        }
    }

    public var form: Form
    public var isNullable = false
    /// What a developer of a client should know beyond the form.
    public var text: String?
    public var standard: JSONValue?
    public var example: JSONValue?
    /// Sent by clients only: passwords.
    public var isWriteOnly = false

    public init(_ form: Form) { self.form = form }

    public static func string(
        _ length: ClosedRange<Int> = 0...Int.max, format: String? = nil, pattern: String? = nil
    ) -> JSONSchema {
        JSONSchema(.string(Text(length: length, format: format, pattern: pattern)))
    }

    public static func choice(_ values: [String]) -> JSONSchema { JSONSchema(.string(Text(choices: values))) }

    public static var bool: JSONSchema { JSONSchema(.bool) }
    public static var any: JSONSchema { JSONSchema(.any) }
    public static var uuid: JSONSchema { .string(format: "uuid") }
    public static var timestamp: JSONSchema { .string(format: "date-time") }

    public static func integer(_ range: ClosedRange<Int64> = Int64.min...Int64.max) -> JSONSchema {
        JSONSchema(.integer(range))
    }

    public static func number(
        _ range: ClosedRange<Double> = -Double.infinity ... .infinity
    ) -> JSONSchema { JSONSchema(.number(range)) }

    public static func array(
        of element: JSONSchema, count: ClosedRange<Int> = 0...Int.max, isUnique: Bool = false
    ) -> JSONSchema { JSONSchema(.array(of: element, count: count, isUnique: isUnique)) }

    public static func object(_ members: [Member]) -> JSONSchema { JSONSchema(.object(members)) }

    public var orNull: JSONSchema {
        var copy = self
        copy.isNullable = true
        return copy
    }

    public func described(_ text: String?) -> JSONSchema {
        var copy = self
        if let text { copy.text = text }
        return copy
    }
}
