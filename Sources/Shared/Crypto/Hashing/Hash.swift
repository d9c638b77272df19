import COpenSSL

/// A hash function. SHA-1 is here for authenticator apps alone.
public enum Hash: String, Sendable, CaseIterable {
    case sha1 = "SHA1"
    case sha256 = "SHA256"
    case sha384 = "SHA384"
    case sha512 = "SHA512"

    public var byteCount: Int {
        switch self {
        case .sha1: 20
        case .sha256: 32
        case .sha384: 48
        case .sha512: 64
        }
    }

    public func callAsFunction(_ source: some ByteSource) -> [UInt8] {
        source.withOctets { bytes, count in
            digest { EVP_Digest(bytes, count, $0, nil, method, nil) }
        }
    }

    /// Bytes that arrive in pieces.
    public var incremental: Incremental { Incremental(self) }

    public struct Incremental: ~Copyable {
        private let hash: Hash
        private let context: OpaquePointer

        init(_ hash: Hash) {
            self.hash = hash
            context = must(EVP_MD_CTX_new(), "EVP_MD_CTX_new")
            must(EVP_DigestInit_ex2(context, hash.method, nil), "EVP_DigestInit_ex2")
        }

        deinit { EVP_MD_CTX_free(context) }

        public mutating func update(_ source: some ByteSource) {
            source.withOctets { must(EVP_DigestUpdate(context, $0, $1), "EVP_DigestUpdate") }
        }

        public consuming func finish() -> [UInt8] {
            hash.digest { EVP_DigestFinal_ex(context, $0, nil) }
        }
    }

    private func digest(_ compute: (UnsafeMutablePointer<UInt8>?) -> Int32) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: byteCount) { target, written in
            must(compute(target.baseAddress), "digest")
            written = byteCount
        }
    }
}

extension Hash {
    /// As OpenSSL calls it.
    var name: StaticString {
        switch self {
        case .sha1: "SHA1"
        case .sha256: "SHA256"
        case .sha384: "SHA384"
        case .sha512: "SHA512"
        }
    }

    var method: OpaquePointer {
        switch self {
        case .sha1: Fetched.sha1.pointer
        case .sha256: Fetched.sha256.pointer
        case .sha384: Fetched.sha384.pointer
        case .sha512: Fetched.sha512.pointer
        }
    }
}
