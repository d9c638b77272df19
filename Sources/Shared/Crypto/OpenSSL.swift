import COpenSSL

/// What OpenSSL says about its last failure on this thread; empties its queue.
func openSSLComplaint() -> String {
    var text = "no reason given"
    while case let code = ERR_get_error(), code != 0 {
        text = String(unsafeUninitializedCapacity: 256) { target in
            target.withMemoryRebound(to: CChar.self) { target in
                ERR_error_string_n(code, target.baseAddress, target.count)
                return target.firstIndex(of: 0) ?? 0
            }
        }
    }
    return text
}

/// Calls that fail only when memory is out or this module is wrong: going on with a half-done computation would be worse.
func must(_ answer: Int32, _ call: StaticString) {
    precondition(answer == 1, "\(call) failed: \(openSSLComplaint())")
}

func must<Pointer>(_ pointer: Pointer?, _ call: StaticString) -> Pointer {
    guard let pointer else { preconditionFailure("\(call) failed: \(openSSLComplaint())") }
    return pointer
}

extension StaticString {
    /// Lives as long as the process: for the names of parameters, of which OpenSSL keeps only the address.
    var cString: UnsafePointer<CChar> { UnsafeRawPointer(utf8Start).assumingMemoryBound(to: CChar.self) }
}

/// An algorithm looked up once for the process: looking up takes locks and costs more than hashing a short text.
struct Fetched: Sendable {
    // OpenSSL never changes an algorithm after it was fetched, and counts its references atomically.
    nonisolated(unsafe) let pointer: OpaquePointer

    init(_ pointer: OpaquePointer?, _ name: StaticString) { self.pointer = must(pointer, name) }

    static let sha1 = Fetched(EVP_MD_fetch(nil, "SHA1", nil), "SHA1")
    static let sha256 = Fetched(EVP_MD_fetch(nil, "SHA256", nil), "SHA256")
    static let sha384 = Fetched(EVP_MD_fetch(nil, "SHA384", nil), "SHA384")
    static let sha512 = Fetched(EVP_MD_fetch(nil, "SHA512", nil), "SHA512")
    static let hmac = Fetched(EVP_MAC_fetch(nil, "HMAC", nil), "HMAC")
    static let aes128GCM = Fetched(EVP_CIPHER_fetch(nil, "AES-128-GCM", nil), "AES-128-GCM")
    static let aes256GCM = Fetched(EVP_CIPHER_fetch(nil, "AES-256-GCM", nil), "AES-256-GCM")
}
