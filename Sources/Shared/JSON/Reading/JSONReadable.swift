/// A type that reads itself from JSON, without Codable's cost.
///
/// ```swift
/// extension Person: JSONReadable {
///     init(json: inout JSONReader) throws(JSONStop) {
///         var name: String?, born: Int?, nickname: String?
///         var object = try json.object()
///         while let key = try json.nextKey(&object) {
///             switch key {
///             case "name": try json.read(&name)
///             case "born": try json.read(&born)
///             case "nickname": try json.readIfPresent(&nickname)
///             default: try json.skip()
///             }
///         }
///         guard let name, let born else { throw json.missing(object, ["name": name, "born": born]) }
///         self.init(name: name, born: born, nickname: nickname)
///     }
/// }
/// ```
/// Whoever calls gets all problems at once: a `name` that is a number, a `born` that is missing.
/// An enum with raw values, and a type that is `Decodable`, need only declare the conformance.
public protocol JSONReadable {
    init(json: inout JSONReader) throws(JSONStop)
}

extension JSONReadable where Self: RawRepresentable, RawValue: JSONReadable {
    @inlinable public init(json: inout JSONReader) throws(JSONStop) { self = try json.rawRepresentable() }
}

extension JSONReader {
    @usableFromInline mutating func rawRepresentable<T: RawRepresentable>(
        _ type: T.Type = T.self
    ) throws(JSONStop) -> T where T.RawValue: JSONReadable {
        let place = place()
        guard let value = T(rawValue: try read()) else { throw invalid(at: place, "not one of the known values") }
        return value
    }
}

extension Bool: JSONReadable {
    @inlinable public init(json: inout JSONReader) throws(JSONStop) { self = try json.bool() }
}

extension String: JSONReadable {
    @inlinable public init(json: inout JSONReader) throws(JSONStop) { self = try json.string() }
}

extension Double: JSONReadable {
    @inlinable public init(json: inout JSONReader) throws(JSONStop) { self = try json.double() }
}

extension Float: JSONReadable {
    @inlinable public init(json: inout JSONReader) throws(JSONStop) { self = try json.float() }
}

extension JSONReadable where Self: FixedWidthInteger & Decodable {
    @inlinable public init(json: inout JSONReader) throws(JSONStop) { self = try json.integer() }
}

extension Int: JSONReadable {}
extension Int8: JSONReadable {}
extension Int16: JSONReadable {}
extension Int32: JSONReadable {}
extension Int64: JSONReadable {}
extension UInt: JSONReadable {}
extension UInt8: JSONReadable {}
extension UInt16: JSONReadable {}
extension UInt32: JSONReadable {}
extension UInt64: JSONReadable {}

extension Optional: JSONReadable where Wrapped: JSONReadable {
    @inlinable public init(json: inout JSONReader) throws(JSONStop) {
        self = try json.null() ? nil : try Wrapped(json: &json)
    }
}

extension Array: JSONReadable where Element: JSONReadable {
    @inlinable public init(json: inout JSONReader) throws(JSONStop) {
        var elements: [Element] = []
        var problem: JSONStop?
        var array = try json.array()
        while try json.nextElement(&array) {
            let place = json.place()
            do throws(JSONStop) {
                elements.append(try Element(json: &json))
            } catch {
                try json.recover(from: error, at: place)
                problem = error
            }
        }
        if let problem { throw problem }
        self = elements
    }
}

extension Dictionary: JSONReadable where Key == String, Value: JSONReadable {
    @inlinable public init(json: inout JSONReader) throws(JSONStop) {
        var members: [String: Value] = [:]
        var problem: JSONStop?
        var object = try json.object()
        while let key = try json.nextKey(&object) {
            let place = json.place()
            do throws(JSONStop) {
                let replaced = members.updateValue(try Value(json: &json), forKey: key.text)
                if replaced != nil { throw json.collision(object, key) }
            } catch {
                try json.recover(from: error, at: place)
                problem = error
            }
        }
        if let problem { throw problem }
        self = members
    }
}

extension JSONReader {
    /// Two keys of different bytes that Swift holds for the same text (a composed and a decomposed accent).
    @usableFromInline @inline(never)
    mutating func collision(_ object: JSONObjectCursor, _ key: JSONKey) -> JSONStop {
        note(.duplicateKey, at: object.start, below: [.key(key.text)], "the key stands there twice")
        return .malformed
    }
}
