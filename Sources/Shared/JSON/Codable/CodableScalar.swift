/// The types that Codable's containers name one by one.
protocol CodableScalar: JSONReadable, JSONWritable {
    /// A stand-in after a problem.
    init()
}

extension Bool: CodableScalar {}
extension String: CodableScalar {}
extension Double: CodableScalar {}
extension Float: CodableScalar {}
extension Int: CodableScalar {}
extension Int8: CodableScalar {}
extension Int16: CodableScalar {}
extension Int32: CodableScalar {}
extension Int64: CodableScalar {}
extension UInt: CodableScalar {}
extension UInt8: CodableScalar {}
extension UInt16: CodableScalar {}
extension UInt32: CodableScalar {}
extension UInt64: CodableScalar {}

/// A step of a path, as Codable wants it.
struct PathKey: CodingKey {
    let stringValue: String
    let intValue: Int?

    init(_ element: JSONPathElement) {
        switch element {
        case .key(let key):
            stringValue = key
            intValue = nil
        case .index(let index):
            stringValue = "\(index)"
            intValue = index
        }
    }

    init?(stringValue: String) { self.init(.key(stringValue)) }

    init?(intValue: Int) { self.init(.index(intValue)) }
}

extension JSONPathElement {
    init(_ key: any CodingKey) {
        self = key.intValue.map { .index($0) } ?? .key(key.stringValue)
    }
}
