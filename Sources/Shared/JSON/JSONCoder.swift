import Runtime

/// From bytes to values and back. A type's own conformance is used where it has one, Codable otherwise.
public enum JSONCoder {
    public static func decode<T: JSONReadable>(
        _ type: T.Type = T.self, from source: borrowing some JSONSource & ~Copyable, limits: JSONLimits = .standard
    ) throws(JSONError) -> T {
        try document(source, limits) { json throws(JSONStop) in try T(json: &json) }
    }

    /// The bytes that `value` is written as.
    public static func encode(_ value: some JSONWritable) throws(JSONError) -> [UInt8] {
        try array { json in value.write(json: &json) }
    }

    public static func text(_ value: some JSONWritable) throws(JSONError) -> String {
        try string { json in value.write(json: &json) }
    }

    /// Appends `value` to `buffer`, which is left as it was if the value cannot be written.
    public static func encode(_ value: some JSONWritable, to buffer: inout ByteBuffer) throws(JSONError) {
        try append(to: &buffer) { json in value.write(json: &json) }
    }

    // MARK: Whole documents

    /// Reads the whole document with `body`, and makes one error of all that is wrong with it.
    static func document<T>(
        _ source: borrowing some JSONSource & ~Copyable, _ limits: JSONLimits,
        _ body: (inout JSONReader) throws(JSONStop) -> T
    ) throws(JSONError) -> T {
        try source.withBytes { bytes throws(JSONError) in
            var reader = JSONReader(bytes, limits: limits)
            let place = reader.place()
            do throws(JSONStop) {
                let value = try body(&reader)
                try reader.finish()
                if reader.faults.isEmpty { return value }
            } catch .unusable {
                // The rest decides whether the document is broken or only not what was asked for.
                do throws(JSONStop) {
                    try reader.passOver(place)
                    try reader.finish()
                } catch {}
            } catch {}
            throw JSONError(reader.problems())
        }
    }

    static func array(_ body: (inout JSONWriter) -> Void) throws(JSONError) -> [UInt8] {
        var buffer = ByteBuffer()
        try append(to: &buffer, body)
        return buffer.toArray()
    }

    static func string(_ body: (inout JSONWriter) -> Void) throws(JSONError) -> String {
        var buffer = ByteBuffer()
        try append(to: &buffer, body)
        return buffer.toString()
    }

    static func append(to buffer: inout ByteBuffer, _ body: (inout JSONWriter) -> Void) throws(JSONError) {
        var taken = ByteBuffer()
        swap(&taken, &buffer)
        let before = taken.count
        var writer = JSONWriter(appendingTo: taken)
        body(&writer)
        let problems = writer.problems()
        buffer = writer.finish()
        guard problems.isEmpty else {
            buffer.dropLast(buffer.count - before)
            throw JSONError(problems)
        }
    }
}
