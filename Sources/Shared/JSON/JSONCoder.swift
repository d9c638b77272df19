import Runtime

/// From bytes to values and back. A type's own conformance is used where it has one, Codable otherwise.
package enum JSONCoder {
    package static func decode<T: JSONReadable>(
        _ type: T.Type = T.self, from source: borrowing some JSONSource & ~Copyable, limits: JSONLimits = .standard
    ) throws(JSONError) -> T {
        try source.withBytes { bytes throws(JSONError) in
            var reader = JSONReader(bytes, limits: limits)
            return try reader.document { json throws(JSONStop) in try T(json: &json) }
        }
    }

    /// The bytes that `value` is written as.
    package static func encode(_ value: some JSONWritable) throws(JSONError) -> [UInt8] {
        var buffer = ByteBuffer()
        try encode(value, to: &buffer)
        return buffer.toArray()
    }

    package static func text(_ value: some JSONWritable) throws(JSONError) -> String {
        var buffer = ByteBuffer()
        try encode(value, to: &buffer)
        return buffer.toString()
    }

    /// Appends `value` to `buffer`, which is left as it was if the value cannot be written.
    package static func encode(_ value: some JSONWritable, to buffer: inout ByteBuffer) throws(JSONError) {
        try append(to: &buffer) { json in value.write(json: &json) }
    }

    static func append(
        to buffer: inout ByteBuffer, _ body: (inout JSONWriter) -> Void
    ) throws(JSONError) {
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

extension JSONReader {
    /// Reads the whole document with `body`, and makes one error of all that is wrong with it.
    mutating func document<T>(
        _ body: (inout JSONReader) throws(JSONStop) -> T
    ) throws(JSONError) -> T {
        let place = place()
        do throws(JSONStop) {
            let value = try body(&self)
            try finish()
            if isSound { return value }
        } catch .unusable {
            // The rest decides whether the document is broken or only not what was asked for.
            try? recover(from: .unusable, at: place)
            try? finish()
        } catch {}
        throw JSONError(problems())
    }

    var isSound: Bool { faults.isEmpty }
}
