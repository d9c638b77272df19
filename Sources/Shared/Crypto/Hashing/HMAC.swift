import COpenSSL

/// A keyed hash. The key's part of the work is done once, so keep the value when the key stays.
public final class HMAC: Sendable {
    // Never changed after `init`: every use duplicates it, which only reads it.
    private nonisolated(unsafe) let keyed: OpaquePointer
    private let hash: Hash

    public init(_ hash: Hash, key: some ByteSource) {
        self.hash = hash
        keyed = must(EVP_MAC_CTX_new(Fetched.hmac.pointer), "EVP_MAC_CTX_new")
        var parameters = [
            OSSL_PARAM_construct_utf8_string(HMAC.digest.cString, UnsafeMutablePointer(mutating: hash.name.cString), 0),
            OSSL_PARAM_construct_end(),
        ]
        key.withOctets { must(EVP_MAC_init(keyed, $0, $1, &parameters), "EVP_MAC_init") }
    }

    private static let digest: StaticString = "digest"

    deinit { EVP_MAC_CTX_free(keyed) }

    public func authenticate(_ source: some ByteSource) -> [UInt8] {
        let context = must(EVP_MAC_CTX_dup(keyed), "EVP_MAC_CTX_dup")
        defer { EVP_MAC_CTX_free(context) }
        source.withOctets { must(EVP_MAC_update(context, $0, $1), "EVP_MAC_update") }
        return [UInt8](unsafeUninitializedCapacity: hash.byteCount) { target, written in
            must(EVP_MAC_final(context, target.baseAddress, &written, target.count), "EVP_MAC_final")
        }
    }

    /// Compared in constant time.
    public func verify(_ code: some ByteSource, of source: some ByteSource) -> Bool {
        constantTimeEqual(code, authenticate(source))
    }

    public static func authenticate(_ source: some ByteSource, with hash: Hash, key: some ByteSource) -> [UInt8] {
        HMAC(hash, key: key).authenticate(source)
    }
}
