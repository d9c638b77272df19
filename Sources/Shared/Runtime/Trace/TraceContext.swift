/// Where in a trace the work in hand stands, as the W3C `traceparent` header says it.
public struct TraceContext: Hashable, Sendable {
    public let traceHigh: UInt64
    public let traceLow: UInt64
    public let spanID: UInt64
    public let flags: UInt8

    /// The context of the running task.
    @TaskLocal public static var current: TraceContext?

    /// That, or else the one of the work in hand.
    public static var inForce: TraceContext? { current ?? Log.context?.trace }

    public init(traceHigh: UInt64, traceLow: UInt64, spanID: UInt64, flags: UInt8) {
        self.traceHigh = traceHigh
        self.traceLow = traceLow
        self.spanID = spanID
        self.flags = flags
    }

    /// A new trace.
    public static func start(sampled: Bool = false) -> TraceContext {
        TraceContext(
            traceHigh: Entropy.bits(), traceLow: nonZeroBits(), spanID: nonZeroBits(), flags: sampled ? 1 : 0)
    }

    /// A new trace whose id is that of the request that begins it: who has one, finds the other.
    public init(startingWith request: UUID, span: UInt64) {
        self.init(traceHigh: request.high, traceLow: request.low, spanID: span == 0 ? 1 : span, flags: 0)
    }

    /// A new span of the same trace.
    public func child() -> TraceContext {
        TraceContext(traceHigh: traceHigh, traceLow: traceLow, spanID: Self.nonZeroBits(), flags: flags)
    }

    public var isSampled: Bool { flags & 1 == 1 }

    public func marked(sampled: Bool) -> TraceContext {
        TraceContext(traceHigh: traceHigh, traceLow: traceLow, spanID: spanID, flags: sampled ? 1 : 0)
    }

    public static func with<Result>(
        _ context: TraceContext?, _ body: () async throws -> Result
    ) async rethrows -> Result {
        try await $current.withValue(context, operation: body)
    }

    /// An id of zeros means "none".
    private static func nonZeroBits() -> UInt64 {
        let bits = Entropy.bits()
        return bits == 0 ? 1 : bits
    }
}

extension TraceContext {
    /// 32 hexadecimal digits.
    public var traceIDText: String { hexText(traceHigh) + hexText(traceLow) }

    /// 16 hexadecimal digits.
    public var spanIDText: String { hexText(spanID) }

    public static func hexadecimal(_ spanID: UInt64) -> String { hexText(spanID) }

    /// The header's value, version 00.
    public var traceparent: String {
        String(unsafeUninitializedCapacity: 55) { target in
            writeTraceparent(into: target)
            return 55
        }
    }

    /// Writes the 55 characters of the header's value.
    public func writeTraceparent(into target: UnsafeMutableBufferPointer<UInt8>) {
        target[0] = UInt8(ascii: "0")
        target[1] = UInt8(ascii: "0")
        target[2] = UInt8(ascii: "-")
        target[35] = UInt8(ascii: "-")
        target[52] = UInt8(ascii: "-")
        writeHex(traceHigh, at: 3, of: target)
        writeHex(traceLow, at: 19, of: target)
        writeHex(spanID, at: 36, of: target)
        target[53] = hexDigit(flags >> 4)
        target[54] = hexDigit(flags & 15)
    }

    /// Writes the 32 hexadecimal digits of the trace.
    public func writeTraceID(into target: UnsafeMutableBufferPointer<UInt8>) {
        writeHex(traceHigh, at: 0, of: target)
        writeHex(traceLow, at: 16, of: target)
    }

    /// Nil for whatever the specification tells to ignore: then a new trace starts.
    public init?(traceparent text: String) {
        var text = text
        let parsed = text.withUTF8 { TraceContext(traceparent: UnsafeRawBufferPointer($0)) }
        guard let parsed else { return nil }
        self = parsed
    }

    public init?(traceparent bytes: UnsafeRawBufferPointer) {
        let hyphen = UInt8(ascii: "-")
        guard bytes.count >= 55, bytes[2] == hyphen, bytes[35] == hyphen, bytes[52] == hyphen,
            let version = bytes.hexNumber(at: 0, digits: 2), version != 0xFF,
            // Later versions may append fields, and only after another hyphen.
            version == 0 ? bytes.count == 55 : bytes.count == 55 || bytes[55] == hyphen,
            let high = bytes.hexNumber(at: 3, digits: 16), let low = bytes.hexNumber(at: 19, digits: 16),
            let span = bytes.hexNumber(at: 36, digits: 16), let flags = bytes.hexNumber(at: 53, digits: 2),
            high | low != 0, span != 0
        else { return nil }
        // Of the flags only "sampled" is defined; others must not be passed on.
        self.init(traceHigh: high, traceLow: low, spanID: span, flags: UInt8(flags & 1))
    }
}

private func hexText(_ value: UInt64) -> String {
    String(unsafeUninitializedCapacity: 16) { target in
        writeHex(value, at: 0, of: target)
        return 16
    }
}

private func writeHex(_ value: UInt64, at start: Int, of target: UnsafeMutableBufferPointer<UInt8>) {
    let bytes = UnsafeMutableRawBufferPointer(target)
    bytes.storeBytes(of: hexDigits(of: UInt32(value >> 32)), toByteOffset: start, as: UInt64.self)
    bytes.storeBytes(
        of: hexDigits(of: UInt32(truncatingIfNeeded: value)), toByteOffset: start + 8, as: UInt64.self)
}

extension UnsafeRawBufferPointer {
    /// Lower-case digits only, as the header demands.
    fileprivate func hexNumber(at start: Int, digits: Int) -> UInt64? {
        var value: UInt64 = 0
        for byte in self[start..<start + digits] {
            guard let digit = hexValue(byte), !(UInt8(ascii: "A")...UInt8(ascii: "F")).contains(byte) else {
                return nil
            }
            value = value << 4 | UInt64(digit)
        }
        return value
    }
}
