import COpenSSL

/// What keys on the curve P-256 need beyond OpenSSL's interface of keys.
enum P256 {
    private static let group: StaticString = "group"
    private static let curve: StaticString = "prime256v1"
    private static let publicKey: StaticString = "pub"
    private static let privateKey: StaticString = "priv"

    /// `scalar` is only read. The point must be 65 bytes, uncompressed; OpenSSL checks that it is on the curve.
    static func build(point: [UInt8], scalar: OpaquePointer?, selection: Int32) -> OpaquePointer? {
        point.withUnsafeBytes { point in
            KeyHandle.build("EC", selection: selection) { builder in
                guard OSSL_PARAM_BLD_push_utf8_string(builder, group.cString, curve.cString, 0) == 1,
                    OSSL_PARAM_BLD_push_octet_string(builder, publicKey.cString, point.baseAddress, point.count) == 1
                else { return false }
                guard let scalar else { return true }
                return OSSL_PARAM_BLD_push_BN_pad(builder, privateKey.cString, scalar, 32) == 1
            }
        }
    }

    /// The 65 bytes of the public point; nil unless the scalar is 32 bytes between 1 and the group's order.
    static func publicPoint(ofScalar scalar: some ByteSource) -> [UInt8]? {
        let group = must(EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1), "EC_GROUP_new_by_curve_name")
        let point = must(EC_POINT_new(group), "EC_POINT_new")
        let number = must(BN_secure_new(), "BN_secure_new")
        defer {
            BN_clear_free(number)
            EC_POINT_free(point)
            EC_GROUP_free(group)
        }
        let accepted = scalar.withOctets { bytes, count in
            count == 32 && BN_bin2bn(bytes, Int32(count), number) != nil
        }
        guard accepted, BN_is_zero(number) == 0, BN_cmp(number, EC_GROUP_get0_order(group)) < 0 else { return nil }
        must(EC_POINT_mul(group, point, number, nil, nil, nil), "EC_POINT_mul")
        return [UInt8](unsafeUninitializedCapacity: 65) { target, written in
            written = EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, target.baseAddress, 65, nil)
        }
    }

    /// r and s, 32 bytes each, out of OpenSSL's DER.
    static func joseSignature(fromDER der: [UInt8]) -> [UInt8] {
        der.withOctets { bytes, count in
            var start: UnsafePointer<UInt8>? = bytes
            let signature = must(d2i_ECDSA_SIG(nil, &start, count), "d2i_ECDSA_SIG")
            defer { ECDSA_SIG_free(signature) }
            return [UInt8](unsafeUninitializedCapacity: 64) { target, written in
                let base = must(target.baseAddress, "allocation")
                precondition(BN_bn2binpad(ECDSA_SIG_get0_r(signature), base, 32) == 32)
                precondition(BN_bn2binpad(ECDSA_SIG_get0_s(signature), base + 32, 32) == 32)
                written = 64
            }
        }
    }

    /// OpenSSL's DER out of r and s; nil unless there are 64 bytes.
    static func derSignature(fromJOSE raw: some ByteSource) -> [UInt8]? {
        raw.withOctets { bytes, count in
            guard count == 64 else { return nil }
            let signature = must(ECDSA_SIG_new(), "ECDSA_SIG_new")
            defer { ECDSA_SIG_free(signature) }
            must(
                ECDSA_SIG_set0(signature, BN_bin2bn(bytes, 32, nil), BN_bin2bn(bytes + 32, 32, nil)), "ECDSA_SIG_set0")
            var der: UnsafeMutablePointer<UInt8>?
            let size = i2d_ECDSA_SIG(signature, &der)
            defer { CRYPTO_free(der, #file, #line) }
            return [UInt8](UnsafeBufferPointer(start: der, count: Int(size)))
        }
    }
}
