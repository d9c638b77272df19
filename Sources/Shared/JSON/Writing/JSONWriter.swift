import Runtime

/// Appends one JSON document to a buffer. It sets commas itself; whoever writes keeps keys and values in turn.
public struct JSONWriter: ~Copyable {
    var out: ByteBuffer
    var needsComma = false
    /// Where the document begins in the buffer.
    let start: Int
    var faults: [JSONFault] = []

    /// Appends to `buffer`, which `finish` gives back.
    public init(appendingTo buffer: consuming ByteBuffer = ByteBuffer()) {
        start = buffer.count
        out = buffer
    }

    /// The buffer with the document behind what it held before.
    public consuming func finish() -> ByteBuffer { out }

    /// What could not be written, with paths.
    public func problems() -> [JSONProblem] { faults.problems(in: written) }

    /// The document so far.
    var written: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: out.readable[start...]) }

    // MARK: Structure

    public mutating func beginObject() { open(UInt8(ascii: "{")) }

    public mutating func endObject() { close(UInt8(ascii: "}")) }

    public mutating func beginArray() { open(UInt8(ascii: "[")) }

    public mutating func endArray() { close(UInt8(ascii: "]")) }

    @inlinable public mutating func object(_ body: (inout JSONWriter) -> Void) {
        beginObject()
        body(&self)
        endObject()
    }

    @inlinable public mutating func array(_ body: (inout JSONWriter) -> Void) {
        beginArray()
        body(&self)
        endArray()
    }

    @inline(__always) mutating func open(_ bracket: UInt8) {
        comma()
        out.append(byte: bracket)
        needsComma = false
    }

    @inline(__always) mutating func close(_ bracket: UInt8) {
        out.append(byte: bracket)
        needsComma = true
    }

    @inline(__always) mutating func comma() {
        if needsComma { out.append(byte: UInt8(ascii: ",")) }
    }

    // MARK: Members

    /// A member's key, which must need no escapes. Its value must follow.
    public mutating func key(_ name: StaticString) {
        let count = name.utf8CodeUnitCount
        let isFirst = !needsComma
        out.append(room: count + 4) { target in
            target[0] = UInt8(ascii: ",")
            let key = UnsafeMutableRawBufferPointer(rebasing: target[(isFirst ? 0 : 1)...])
            key[0] = UInt8(ascii: "\"")
            key.baseAddress?.advanced(by: 1).copyMemory(from: name.utf8Start, byteCount: count)
            key[count + 1] = UInt8(ascii: "\"")
            key[count + 2] = UInt8(ascii: ":")
            return count + (isFirst ? 3 : 4)
        }
        needsComma = false
    }

    public mutating func key(_ name: String) {
        value(name)
        out.append(byte: UInt8(ascii: ":"))
        needsComma = false
    }

    @inlinable public mutating func member(_ key: StaticString, _ value: some JSONWritable) {
        self.key(key)
        value.write(json: &self)
    }

    /// Leaves the member out where there is no value.
    @inlinable public mutating func member(_ key: StaticString, ifPresent value: (some JSONWritable)?) {
        if let value { member(key, value) }
    }

    // MARK: Values

    public mutating func null() { literal("null") }

    public mutating func value(_ value: Bool) { literal(value ? "true" : "false") }

    @inlinable public mutating func write(_ value: some JSONWritable) { value.write(json: &self) }

    /// Appends bytes that are one JSON value already.
    public mutating func raw(_ bytes: UnsafeRawBufferPointer) {
        comma()
        out.append(bytes)
        needsComma = true
    }

    private mutating func literal(_ text: StaticString) {
        comma()
        out.append(text)
        needsComma = true
    }
}
