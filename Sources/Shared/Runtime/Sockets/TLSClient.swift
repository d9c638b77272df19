import COpenSSL

/// How a client proves who the server is. Certificates are always checked.
public final class TLSClientContext: Sendable {
    // Safe: an SSL_CTX counts its references and is only read once it is set up.
    nonisolated(unsafe) private let context: OpaquePointer

    /// Trusts the system's authorities, or only those of `authorityFile` (PEM).
    public init(authorityFile: String? = nil) throws(TLSError) {
        guard let context = SSL_CTX_new(TLS_client_method()) else { throw TLSError.last("TLS context") }
        self.context = context
        _ = copenssl_set_min_version(context, TLS1_2_VERSION)
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nil)
        let trusted =
            authorityFile.map { SSL_CTX_load_verify_locations(context, $0, nil) }
            ?? SSL_CTX_set_default_verify_paths(context)
        guard trusted == 1 else { throw TLSError.last("authorities \(authorityFile ?? "of the system")") }
    }

    deinit { SSL_CTX_free(context) }

    /// A session over a connected, non-blocking descriptor, which stays the caller's.
    func session(descriptor: Int32, host: String) throws(TLSError) -> TLSSession {
        guard let handle = SSL_new(context) else { throw TLSError.last("TLS session") }
        let session = TLSSession(handle)
        SSL_set_fd(handle, descriptor)
        _ = copenssl_set_mode(
            handle, Int(SSL_MODE_ENABLE_PARTIAL_WRITE) | Int(SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER))
        guard let parameters = SSL_get0_param(handle) else { throw TLSError.last("TLS parameters") }
        // An address is checked against the certificate's addresses, a name against its names.
        if X509_VERIFY_PARAM_set1_ip_asc(parameters, host) != 1 {
            _ = copenssl_set_host_name(handle, host)
            guard SSL_set1_host(handle, host) == 1 else { throw TLSError.last("host name \(host)") }
        }
        SSL_set_connect_state(handle)
        return session
    }
}

/// What OpenSSL had to say.
public struct TLSError: Error, Hashable, Sendable, CustomStringConvertible {
    public let operation: String
    public let reason: String

    public var description: String { "\(operation): \(reason)" }

    static func last(_ operation: String) -> TLSError {
        let code = ERR_get_error()
        ERR_clear_error()
        guard code != 0 else { return TLSError(operation: operation, reason: "connection closed") }
        var text = [CChar](repeating: 0, count: 256)
        ERR_error_string_n(code, &text, text.count)
        let reason = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return TLSError(operation: operation, reason: reason)
    }
}

/// One TLS connection over a non-blocking socket; confined to the loop of its owner.
final class TLSSession {
    enum Outcome {
        case done(Int)
        case wants(IOEvents)
        case closed
        case failed(TLSError)
    }

    private let handle: OpaquePointer

    init(_ handle: OpaquePointer) { self.handle = handle }

    deinit { SSL_free(handle) }

    func handshake() -> Outcome { outcome("TLS handshake") { SSL_do_handshake(handle) } }

    func read(into buffer: UnsafeMutableRawBufferPointer) -> Outcome {
        outcome("TLS read") { SSL_read(handle, buffer.baseAddress, Int32(clamping: buffer.count)) }
    }

    func write(_ bytes: UnsafeRawBufferPointer) -> Outcome {
        outcome("TLS write") { SSL_write(handle, bytes.baseAddress, Int32(clamping: bytes.count)) }
    }

    func sendCloseNotice() { SSL_shutdown(handle) }

    private func outcome(_ operation: String, of step: () -> Int32) -> Outcome {
        // What another user of OpenSSL left in this thread's queue of errors would count as an error of ours.
        ERR_clear_error()
        let result = step()
        if result > 0 { return .done(Int(result)) }
        switch SSL_get_error(handle, result) {
        case SSL_ERROR_WANT_READ: return .wants(.readable)
        case SSL_ERROR_WANT_WRITE: return .wants(.writable)
        case SSL_ERROR_ZERO_RETURN: return .closed
        default:
            let verification = SSL_get_verify_result(handle)
            guard verification == X509_V_OK else {
                ERR_clear_error()
                let reason = String(cString: X509_verify_cert_error_string(verification))
                return .failed(TLSError(operation: operation, reason: reason))
            }
            return .failed(.last(operation))
        }
    }
}
