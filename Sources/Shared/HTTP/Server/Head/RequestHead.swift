/// How much a head holds.
struct HeadExtent {
    let fields: Int
    let bytes: Int
}

/// The fields of a head and its bytes, in one piece of memory.
///
/// Elements are words: first a slice for each field, then the bytes.
final class RequestHead: ManagedBuffer<HeadExtent, UInt64> {
    static func copying(_ fields: [FieldSlice], _ bytes: RawSpan) -> RequestHead {
        let extent = HeadExtent(fields: fields.count, bytes: bytes.byteCount)
        let words = extent.fields + (extent.bytes + 7) / 8
        let buffer = create(minimumCapacity: words) { _ in extent }
        buffer.withUnsafeMutablePointerToElements { elements in
            let slices = UnsafeMutableRawPointer(elements)
            fields.withUnsafeBytes { copied in
                if let start = copied.baseAddress { slices.copyMemory(from: start, byteCount: copied.count) }
            }
            bytes.withUnsafeBytes { copied in
                let target = UnsafeMutableRawPointer(elements + extent.fields)
                if let start = copied.baseAddress { target.copyMemory(from: start, byteCount: copied.count) }
            }
        }
        // `create` of a subclass makes an instance of that subclass, and only says so of its superclass.
        return unsafeDowncast(buffer, to: RequestHead.self)
    }

    var count: Int { header.fields }

    func field(_ index: Int) -> FieldSlice {
        precondition(index >= 0 && index < header.fields)
        return withUnsafeMutablePointerToElements {
            UnsafeRawPointer($0).load(fromByteOffset: index * 8, as: FieldSlice.self)
        }
    }

    func withBytes<Value, E: Error>(_ body: (RawSpan) throws(E) -> Value) throws(E) -> Value {
        let extent = header
        let start = withUnsafeMutablePointerToElements { UnsafeRawPointer($0 + extent.fields) }
        let value = try body(UnsafeRawBufferPointer(start: start, count: extent.bytes).bytes)
        withExtendedLifetime(self) {}
        return value
    }

    func text(_ range: Range<Int>) -> String {
        withBytes { bytes in
            bytes.extracting(range).withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
        }
    }

    /// The index of the first field of that name, not before `start`.
    func index(of name: String, from start: Int = 0) -> Int? {
        var name = name
        return name.withUTF8 { name in
            withBytes { bytes in
                for index in start..<max(start, count) where Self.matches(bytes, field(index).name, name) {
                    return index
                }
                return nil
            }
        }
    }

    private static func matches(_ bytes: RawSpan, _ range: Range<Int>, _ name: UnsafeBufferPointer<UInt8>) -> Bool {
        guard range.count == name.count else { return false }
        for offset in 0..<name.count
        where Characters.lower(bytes[range.lowerBound + offset]) != Characters.lower(name[offset]) { return false }
        return true
    }
}
