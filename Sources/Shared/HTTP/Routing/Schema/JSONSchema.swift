import JSON

/// What a JSON value may be, as OpenAPI 3.1 says it (JSON Schema 2020-12), as far as we use that.
package struct JSONSchema: Sendable {
    package indirect enum Form: Sendable {
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

    package struct Text: Sendable {
        package var length = 0...Int.max
        package var format: String?
        package var pattern: String?
        package var choices: [String]?
    }

    package struct Member: Sendable {
        package let name: String
        package let schema: JSONSchema
        package let isRequired: Bool

        package init(_ name: String, _ schema: JSONSchema, isRequired: Bool = true) {
            self.name = name
            self.schema = schema
            self.isRequired = isRequired
        }
    }

    package var form: Form
    package var isNullable = false
    /// What a developer of a client should know beyond the form.
    package var text: String?
    package var standard: JSONValue?
    package var example: JSONValue?
    /// Sent by clients only: passwords.
    package var isWriteOnly = false

    package init(_ form: Form) { self.form = form }

    package static func string(
        _ length: ClosedRange<Int> = 0...Int.max, format: String? = nil, pattern: String? = nil
    ) -> JSONSchema {
        JSONSchema(.string(Text(length: length, format: format, pattern: pattern)))
    }

    package static func choice(_ values: [String]) -> JSONSchema { JSONSchema(.string(Text(choices: values))) }

    package static var bool: JSONSchema { JSONSchema(.bool) }
    package static var any: JSONSchema { JSONSchema(.any) }
    package static var uuid: JSONSchema { .string(format: "uuid") }
    package static var timestamp: JSONSchema { .string(format: "date-time") }

    package static func integer(_ range: ClosedRange<Int64> = Int64.min...Int64.max) -> JSONSchema {
        JSONSchema(.integer(range))
    }

    package static func number(
        _ range: ClosedRange<Double> = -Double.infinity ... .infinity
    ) -> JSONSchema { JSONSchema(.number(range)) }

    package static func array(
        of element: JSONSchema, count: ClosedRange<Int> = 0...Int.max, isUnique: Bool = false
    ) -> JSONSchema { JSONSchema(.array(of: element, count: count, isUnique: isUnique)) }

    package static func object(_ members: [Member]) -> JSONSchema { JSONSchema(.object(members)) }

    package var orNull: JSONSchema {
        var copy = self
        copy.isNullable = true
        return copy
    }

    package func described(_ text: String?) -> JSONSchema {
        var copy = self
        if let text { copy.text = text }
        return copy
    }
}
