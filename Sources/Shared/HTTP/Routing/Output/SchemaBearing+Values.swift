import JSON
import Runtime

extension Bool: SchemaBearing {
    package static var schema: JSONSchema { .bool }
}

extension String: SchemaBearing {
    package static var schema: JSONSchema { .string() }
}

extension Double: SchemaBearing {
    package static var schema: JSONSchema { .number() }
}

extension Int: SchemaBearing {
    package static var schema: JSONSchema { .integer() }
}

extension Int32: SchemaBearing {
    package static var schema: JSONSchema { .integer(Int64(min)...Int64(max)) }
}

extension Int64: SchemaBearing {
    package static var schema: JSONSchema { .integer() }
}

extension UUID: SchemaBearing {
    package static var schema: JSONSchema { .uuid }
}

extension ID: SchemaBearing {
    package static var schema: JSONSchema { .uuid }
}

extension Timestamp: SchemaBearing {
    package static var schema: JSONSchema { .timestamp }
}

extension JSONValue: SchemaBearing {
    package static var schema: JSONSchema { .any }
}

extension Optional: SchemaBearing where Wrapped: SchemaBearing {
    package static var schema: JSONSchema { Wrapped.schema.orNull }
}

extension Array: SchemaBearing where Element: SchemaBearing {
    package static var schema: JSONSchema { .array(of: Element.schema) }
}

extension Dictionary: SchemaBearing where Key == String, Value: SchemaBearing {
    package static var schema: JSONSchema { JSONSchema(.map(of: Value.schema)) }
}

/// An enum by its raw values needs only declare the conformance.
extension SchemaBearing where Self: CaseIterable & RawRepresentable, RawValue == String {
    package static var schema: JSONSchema { .choice(allCases.map(\.rawValue)) }
}
