import COpenSSL

/// Whether two runs of bytes are equal, in a time that depends on their lengths only.
public func constantTimeEqual(_ left: some ByteSource, _ right: some ByteSource) -> Bool {
    left.withOctets { left, leftCount in
        right.withOctets { right, rightCount in
            leftCount == rightCount && CRYPTO_memcmp(left, right, leftCount) == 0
        }
    }
}
