import Glibc

/// A member's key, escapes decoded. It points into the document: valid while the reader lives.
public struct JSONKey {
    public let bytes: UnsafeRawBufferPointer

    @usableFromInline init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    public var text: String { String(decoding: bytes, as: UTF8.self) }

    @inlinable public static func == (key: JSONKey, name: StaticString) -> Bool {
        guard key.bytes.count == name.utf8CodeUnitCount else { return false }
        guard let start = key.bytes.baseAddress else { return true }
        return memcmp(start, name.utf8Start, name.utf8CodeUnitCount) == 0
    }

    /// Lets a `switch` over a key list names.
    @inlinable public static func ~= (name: StaticString, key: JSONKey) -> Bool { key == name }
}
