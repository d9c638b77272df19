import Glibc

/// A member's key, escapes decoded. It points into the document: valid while the reader lives.
@usableFromInline package struct JSONKey {
    @usableFromInline package let bytes: UnsafeRawBufferPointer

    @usableFromInline init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    @usableFromInline package var text: String { String(decoding: bytes, as: UTF8.self) }

    @inlinable package static func == (key: JSONKey, name: StaticString) -> Bool {
        guard key.bytes.count == name.utf8CodeUnitCount else { return false }
        guard let start = key.bytes.baseAddress else { return true }
        return memcmp(start, name.utf8Start, name.utf8CodeUnitCount) == 0
    }

    /// Lets a `switch` over a key list names.
    @inlinable package static func ~= (name: StaticString, key: JSONKey) -> Bool { key == name }
}
