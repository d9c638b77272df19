import Runtime

extension Envelope {
    package func write(into buffer: inout ByteBuffer) {
        buffer.reserve(Self.headerSize + 32 + payload.count)
        writeHeader(into: &buffer)
        if let uniqueDigest {
            buffer.append(bigEndian: uniqueDigest.high)
            buffer.append(bigEndian: uniqueDigest.low)
        }
        if let key { append(key, into: &buffer) }
        append(kind, into: &buffer)
        buffer.append(byte: schemaVersion)
        if !options.isEmpty { writeOptions(into: &buffer) }
        buffer.append(payload)
    }

    /// How many bytes `write` appends.
    var encodedCount: Int {
        var count = Self.headerSize + 2 + kind.utf8.count + payload.count
        if uniqueDigest != nil { count += 16 }
        if let key { count += 1 + key.utf8.count }
        if !options.isEmpty { count += 2 + options.encodedCount }
        return count
    }

    package var encoded: [UInt8] {
        var buffer = ByteBuffer()
        write(into: &buffer)
        return buffer.toArray()
    }

    private func writeHeader(into buffer: inout ByteBuffer) {
        var attributes = attributes
        if options.isEmpty { attributes.remove(.hasOptions) } else { attributes.insert(.hasOptions) }
        buffer.append(byte: Self.version)
        buffer.append(bigEndian: id.uuid.high)
        buffer.append(bigEndian: id.uuid.low)
        buffer.append(byte: crashes)
        buffer.append(byte: interruptions)
        buffer.append(byte: priority.rawValue)
        buffer.append(byte: claims.rawValue)
        buffer.append(byte: attributes.rawValue)
        buffer.append(byte: attempts)
    }

    /// Keys and kinds are checked to be short before they come here.
    private func append(_ text: String, into buffer: inout ByteBuffer) {
        precondition(text.utf8.count <= 255)
        buffer.append(byte: UInt8(text.utf8.count))
        buffer.append(text)
    }

    private func writeOptions(into buffer: inout ByteBuffer) {
        var encoded = ByteBuffer()
        options.write(into: &encoded)
        buffer.append(bigEndian: UInt16(encoded.count))
        buffer.append(encoded.readable)
    }
}
