import COpenSSL
import Runtime

/// Bytes of a key or password: never printed, and wiped when their last owner lets go of them.
public final class SecretBytes: Sendable, ByteSource, CustomStringConvertible {
    // Written only in `init`, before anybody else can see the object, and freed in `deinit`: shared reads are safe.
    private nonisolated(unsafe) let storage: UnsafeMutableRawBufferPointer

    /// Lets `fill` write all of `count` bytes.
    init(count: Int, fill: (UnsafeMutableRawBufferPointer) -> Void) {
        storage = .allocate(byteCount: max(count, 1), alignment: 8)
        self.count = count
        fill(UnsafeMutableRawBufferPointer(rebasing: storage[..<count]))
    }

    public let count: Int

    public convenience init(copying source: some ByteSource) {
        let count = source.withBytes { $0.count }
        self.init(count: count) { target in source.withBytes { target.copyMemory(from: $0) } }
    }

    public static func random(count: Int) -> SecretBytes {
        SecretBytes(count: count) { SecureRandom.fill($0) }
    }

    deinit {
        OPENSSL_cleanse(storage.baseAddress, storage.count)
        storage.deallocate()
    }

    public func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        body(UnsafeRawBufferPointer(rebasing: storage[..<count]))
    }

    public var description: String { "SecretBytes(\(count))" }
}

/// Overwrites a secret that stood in an array which nobody else holds.
func wipe(_ bytes: inout [UInt8]) {
    bytes.withUnsafeMutableBytes { OPENSSL_cleanse($0.baseAddress, $0.count) }
}
