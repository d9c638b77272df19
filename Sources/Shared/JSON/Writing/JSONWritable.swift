/// A type that writes itself as JSON, without Codable's cost.
///
/// ```swift
/// extension Person: JSONWritable {
///     func write(json: inout JSONWriter) {
///         json.object { json in
///             json.member("name", name)
///             json.member("born", born)
///             json.member("nickname", ifPresent: nickname)
///         }
///     }
/// }
/// ```
/// An enum with raw values, and a type that is `Encodable`, need only declare the conformance.
public protocol JSONWritable {
    /// Writes exactly one value. What cannot be written is noted in the writer, which throws it at the end.
    func write(json: inout JSONWriter)
}

extension JSONWritable where Self: RawRepresentable, RawValue: JSONWritable {
    @inlinable public func write(json: inout JSONWriter) { rawValue.write(json: &json) }
}

extension Bool: JSONWritable {
    @inlinable public func write(json: inout JSONWriter) { json.value(self) }
}

extension String: JSONWritable {
    @inlinable public func write(json: inout JSONWriter) { json.value(self) }
}

extension Double: JSONWritable {
    @inlinable public func write(json: inout JSONWriter) { json.value(self) }
}

extension Float: JSONWritable {
    @inlinable public func write(json: inout JSONWriter) { json.value(self) }
}

extension JSONWritable where Self: FixedWidthInteger & Encodable {
    @inlinable public func write(json: inout JSONWriter) { json.value(self) }
}

extension Int: JSONWritable {}
extension Int8: JSONWritable {}
extension Int16: JSONWritable {}
extension Int32: JSONWritable {}
extension Int64: JSONWritable {}
extension UInt: JSONWritable {}
extension UInt8: JSONWritable {}
extension UInt16: JSONWritable {}
extension UInt32: JSONWritable {}
extension UInt64: JSONWritable {}

extension Optional: JSONWritable where Wrapped: JSONWritable {
    @inlinable public func write(json: inout JSONWriter) {
        if let self { self.write(json: &json) } else { json.null() }
    }
}

extension Array: JSONWritable where Element: JSONWritable {
    @inlinable public func write(json: inout JSONWriter) {
        json.beginArray()
        for element in self { element.write(json: &json) }
        json.endArray()
    }
}

extension Dictionary: JSONWritable where Key == String, Value: JSONWritable {
    /// In the order of the keys, so that equal dictionaries give equal bytes.
    @inlinable public func write(json: inout JSONWriter) {
        json.beginObject()
        for (key, value) in self.sorted(by: { $0.key < $1.key }) {
            json.key(key)
            value.write(json: &json)
        }
        json.endObject()
    }
}
