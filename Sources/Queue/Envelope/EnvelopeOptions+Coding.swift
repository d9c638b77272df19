import Runtime

/// Options on the wire: a tag, a length of two bytes, the bytes. Unknown tags are skipped, so that an older worker
/// can read what a newer one wrote.
extension EnvelopeOptions {
    private enum Tag: UInt8 {
        case trace = 1
        case requestID = 2
        case runAt = 3
        case expiresAt = 4
        case parkedSince = 5
        case deaths = 6
        case failure = 7
        case obstacle = 8
    }

    func write(into buffer: inout ByteBuffer) {
        if let trace {
            field(.trace, into: &buffer) {
                $0.append(bigEndian: trace.traceHigh)
                $0.append(bigEndian: trace.traceLow)
                $0.append(bigEndian: trace.spanID)
                $0.append(byte: trace.flags)
            }
        }
        if let requestID { field(.requestID, into: &buffer) { $0.append(requestID.cut(toBytes: 128)) } }
        if let runAt { field(.runAt, into: &buffer) { $0.append(runAt) } }
        if let expiresAt { field(.expiresAt, into: &buffer) { $0.append(expiresAt) } }
        if let parkedSince { field(.parkedSince, into: &buffer) { $0.append(parkedSince) } }
        if let obstacle { field(.obstacle, into: &buffer) { $0.append(obstacle) } }
        if deaths > 0 { field(.deaths, into: &buffer) { $0.append(byte: deaths) } }
        for failure in errors { field(.failure, into: &buffer) { failure.write(into: &$0) } }
    }

    var encodedCount: Int {
        var buffer = ByteBuffer()
        write(into: &buffer)
        return buffer.count
    }

    private func field(_ tag: Tag, into buffer: inout ByteBuffer, _ body: (inout ByteBuffer) -> Void) {
        var value = ByteBuffer()
        body(&value)
        buffer.append(byte: tag.rawValue)
        buffer.append(bigEndian: UInt16(value.count))
        buffer.append(value.readable)
    }

    init?(_ bytes: UnsafeRawBufferPointer) {
        self.init()
        var rest = ByteReader(bytes)
        while !rest.isAtEnd {
            guard let tag = rest.byte(), let length = rest.integer(UInt16.self), let value = rest.bytes(Int(length))
            else { return nil }
            var reader = ByteReader(value)
            switch Tag(rawValue: tag) {
            case .trace: trace = TraceContext(&reader)
            case .requestID: requestID = String(decoding: value, as: UTF8.self)
            case .runAt: runAt = reader.timestamp()
            case .expiresAt: expiresAt = reader.timestamp()
            case .parkedSince: parkedSince = reader.timestamp()
            case .obstacle: obstacle = Obstacle(&reader)
            case .deaths: deaths = reader.byte() ?? 0
            case .failure: if let failure = JobFailure(&reader) { errors.append(failure) }
            case nil: break
            }
        }
    }
}

extension JobFailure {
    fileprivate func write(into buffer: inout ByteBuffer) {
        buffer.append(at)
        buffer.append(byte: attempt)
        buffer.append(byte: UInt8(clamping: type.utf8.count))
        buffer.append(type)
        buffer.append(message)
    }

    fileprivate init?(_ reader: inout ByteReader) {
        guard let at = reader.timestamp(), let attempt = reader.byte(), let typeLength = reader.byte(),
            let type = reader.bytes(Int(typeLength))
        else { return nil }
        self.init(
            at: at, attempt: attempt, type: String(decoding: type, as: UTF8.self),
            message: String(decoding: reader.rest(), as: UTF8.self))
    }
}

extension Obstacle {
    fileprivate init?(_ reader: inout ByteReader) {
        switch reader.byte() {
        case 1: self = .unknownKind
        case 2: self = .newerSchema
        case 3: self = .noDatabase
        case 4: self = .noKey(reader.byte())
        default: return nil
        }
    }
}

extension TraceContext {
    fileprivate init?(_ reader: inout ByteReader) {
        guard let high = reader.integer(UInt64.self), let low = reader.integer(UInt64.self),
            let span = reader.integer(UInt64.self), let flags = reader.byte()
        else { return nil }
        self.init(traceHigh: high, traceLow: low, spanID: span, flags: flags)
    }
}

extension ByteBuffer {
    fileprivate mutating func append(_ obstacle: Obstacle) {
        switch obstacle {
        case .unknownKind: append(byte: 1)
        case .newerSchema: append(byte: 2)
        case .noDatabase: append(byte: 3)
        case .noKey(let number):
            append(byte: 4)
            if let number { append(byte: number) }
        }
    }

    fileprivate mutating func append(_ time: Timestamp) { append(bigEndian: time.microseconds) }
}

/// Takes values from the front of bytes; nil when there are too few.
struct ByteReader {
    private var bytes: UnsafeRawBufferPointer

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    var isAtEnd: Bool { bytes.isEmpty }

    mutating func bytes(_ count: Int) -> UnsafeRawBufferPointer? {
        guard count <= bytes.count else { return nil }
        defer { bytes = UnsafeRawBufferPointer(rebasing: bytes[count...]) }
        return UnsafeRawBufferPointer(rebasing: bytes[..<count])
    }

    mutating func rest() -> UnsafeRawBufferPointer {
        defer { bytes = UnsafeRawBufferPointer(start: nil, count: 0) }
        return bytes
    }

    mutating func byte() -> UInt8? { bytes(1)?.first }

    mutating func integer<Value: FixedWidthInteger>(_ type: Value.Type) -> Value? {
        bytes(MemoryLayout<Value>.size).map { Value(bigEndian: $0.loadUnaligned(as: Value.self)) }
    }

    mutating func timestamp() -> Timestamp? { integer(Int64.self).map { Timestamp(microseconds: $0) } }
}
