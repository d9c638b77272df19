import COpenSSL

/// Why a key was refused.
public enum KeyError: Error, Equatable {
    /// Not a key, or one in a form that is not understood; encrypted ones need their passphrase.
    case unreadable
    /// A key for another algorithm than RSA or P-256.
    case unsupportedKind
    /// RSA below 2,048 bits, or so large that its use would stall us.
    case unsafeSize(bits: Int)
    /// A point that is not on the curve, or a scalar outside of its range.
    case invalidPoint
}

/// The kinds of asymmetric keys in use.
public enum KeyKind: Sendable {
    case rsa
    case p256
}

/// Owns one of OpenSSL's keys.
final class KeyHandle: Sendable {
    // OpenSSL counts references atomically and allows an EVP_PKEY that nobody changes to be used by many threads at once;
    // nothing here changes one after `init`.
    nonisolated(unsafe) let pointer: OpaquePointer
    let kind: KeyKind

    /// Takes the ownership of `pointer`, also when it throws.
    init(owning pointer: OpaquePointer?) throws(KeyError) {
        guard let pointer else {
            ERR_clear_error()
            throw .unreadable
        }
        do {
            kind = try KeyHandle.kind(of: pointer)
        } catch {
            EVP_PKEY_free(pointer)
            throw error
        }
        self.pointer = pointer
    }

    deinit { EVP_PKEY_free(pointer) }

    private static func kind(of pointer: OpaquePointer) throws(KeyError) -> KeyKind {
        if EVP_PKEY_is_a(pointer, "RSA") == 1 {
            let bits = Int(EVP_PKEY_get_bits(pointer))
            guard (2048...8192).contains(bits) else { throw .unsafeSize(bits: bits) }
            return .rsa
        }
        guard EVP_PKEY_is_a(pointer, "EC") == 1, groupName(of: pointer) == "prime256v1" else { throw .unsupportedKind }
        return .p256
    }

    private static func groupName(of pointer: OpaquePointer) -> String? {
        var name = [CChar](repeating: 0, count: 64)
        var count = 0
        guard EVP_PKEY_get_group_name(pointer, &name, name.count, &count) == 1 else { return nil }
        return String(decoding: name[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

extension KeyHandle {
    /// A number of the key (`n`, `e`, `qx` …), big-endian, at least `width` bytes long.
    func number(_ name: String, width: Int = 0) -> [UInt8] {
        var value: OpaquePointer?
        must(EVP_PKEY_get_bn_param(pointer, name, &value), "EVP_PKEY_get_bn_param")
        defer { BN_clear_free(value) }
        let size = max(width, (Int(BN_num_bits(value)) + 7) / 8)
        return [UInt8](unsafeUninitializedCapacity: size) { target, written in
            written = Int(BN_bn2binpad(value, target.baseAddress, Int32(size)))
            precondition(written == size, "a number of the key is longer than it can be")
        }
    }

    /// A key out of its named parts; nil where OpenSSL refuses them.
    static func build(_ type: String, selection: Int32, _ add: (OpaquePointer) -> Bool) -> OpaquePointer? {
        let builder = must(OSSL_PARAM_BLD_new(), "OSSL_PARAM_BLD_new")
        defer { OSSL_PARAM_BLD_free(builder) }
        guard add(builder) else { return nil }
        let parameters = must(OSSL_PARAM_BLD_to_param(builder), "OSSL_PARAM_BLD_to_param")
        defer { OSSL_PARAM_free(parameters) }
        let context = must(EVP_PKEY_CTX_new_from_name(nil, type, nil), "EVP_PKEY_CTX_new_from_name")
        defer { EVP_PKEY_CTX_free(context) }
        var key: OpaquePointer?
        guard EVP_PKEY_fromdata_init(context) == 1, EVP_PKEY_fromdata(context, &key, selection, parameters) == 1 else {
            ERR_clear_error()
            EVP_PKEY_free(key)
            return nil
        }
        return key
    }

    private static let pemFormat: StaticString = "PEM"

    /// Reads PEM of whatever form OpenSSL knows. Never asks a terminal for a passphrase.
    static func readPEM(_ pem: some ByteSource, selection: Int32, passphrase: SecretBytes? = nil) -> OpaquePointer? {
        var key: OpaquePointer?
        // The decoder keeps the address of `key`, so that must stay where it is until the end.
        let read = withUnsafeMutablePointer(to: &key) { key in
            let decoder = OSSL_DECODER_CTX_new_for_pkey(key, pemFormat.cString, nil, nil, selection, nil, nil)
            defer { OSSL_DECODER_CTX_free(decoder) }
            // An empty passphrase in place of none: without any, OpenSSL would prompt on the terminal.
            (passphrase ?? SecretBytes(copying: "")).withOctets { bytes, count in
                must(OSSL_DECODER_CTX_set_passphrase(decoder, bytes, count), "OSSL_DECODER_CTX_set_passphrase")
            }
            return pem.withOctets { bytes, count in
                var start: UnsafePointer<UInt8>? = bytes
                var rest = count
                return OSSL_DECODER_from_data(decoder, &start, &rest)
            }
        }
        ERR_clear_error()
        return read == 1 ? key : nil
    }
}
