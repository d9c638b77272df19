/// What can be read as one run of bytes: arrays, texts (as UTF-8), secrets.
public protocol ByteSource {
    func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result
}

extension [UInt8]: ByteSource {
    public func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result { withUnsafeBytes(body) }
}

extension ArraySlice<UInt8>: ByteSource {
    public func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result { withUnsafeBytes(body) }
}

extension UnsafeRawBufferPointer: ByteSource {
    public func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result { body(self) }
}

extension String: ByteSource {
    public func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        var text = self
        return text.withUTF8 { body(UnsafeRawBufferPointer($0)) }
    }
}

extension Substring: ByteSource {
    public func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        var text = self
        return text.withUTF8 { body(UnsafeRawBufferPointer($0)) }
    }
}

extension ByteSource {
    public var byteArray: [UInt8] { withBytes { [UInt8]($0) } }

    /// For C functions that take `unsigned char *`. OpenSSL dereferences even an empty run here and there, so there is
    /// always an address.
    func withOctets<Result>(_ body: (UnsafePointer<UInt8>, Int) -> Result) -> Result {
        withBytes { bytes in
            guard let start = bytes.baseAddress else {
                return withUnsafePointer(to: UInt8(0)) { body($0, 0) }
            }
            return body(start.assumingMemoryBound(to: UInt8.self), bytes.count)
        }
    }
}
