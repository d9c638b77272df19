import JSON
import Runtime

extension Bool: SchemaBearing {
    public static var schema: JSONSchema { .bool }
}

extension String: SchemaBearing {
    public static var schema: JSONSchema { .string() }
}

extension Double: SchemaBearing {
    public static var schema: JSONSchema { .number() }
}

extension Int: SchemaBearing {
    public static var schema: JSONSchema { .integer() }
}

extension Int32: SchemaBearing {
    public static var schema: JSONSchema { .integer(Int64(min)...Int64(max)) }
}

extension Int64: SchemaBearing {
    public static var schema: JSONSchema { .integer() }
}

extension UUID: SchemaBearing {
    public static var schema: JSONSchema { .uuid }
}

extension ID: SchemaBearing {
    public static var schema: JSONSchema { .uuid }
}

extension Timestamp: SchemaBearing {
    public static var schema: JSONSchema { .timestamp }
}

extension JSONValue: SchemaBearing {
    public static var schema: JSONSchema { .any }
}

extension Optional: SchemaBearing where Wrapped: SchemaBearing {
    public static var schema: JSONSchema { Wrapped.schema.orNull }
}

extension Array: SchemaBearing where Element: SchemaBearing {
    public static var schema: JSONSchema { .array(of: Element.schema) }
}

extension Dictionary: SchemaBearing where Key == String, Value: SchemaBearing {
    public static var schema: JSONSchema { JSONSchema(.map(of: Value.schema)) }
}

/// An enum by its raw values needs only declare the conformance.
extension SchemaBearing where Self: CaseIterable & RawRepresentable, RawValue == String {
    public static var schema: JSONSchema { .choice(allCases.map(\.rawValue)) }
}
