import Runtime

/// What an authenticator app and we share: counter-based (RFC 4226) and time-based codes (RFC 6238).
public struct OneTimeCode: Sendable {
    public let secret: SecretBytes
    public let hash: Hash
    public let digits: Int
    public let period: Int64

    /// What every app understands, which is SHA-1, six digits and 30 seconds, is the default.
    public init(secret: SecretBytes, hash: Hash = .sha1, digits: Int = 6, period: Int64 = 30) {
        precondition((6...9).contains(digits) && period > 0)
        self.secret = secret
        self.hash = hash
        self.digits = digits
        self.period = period
    }

    /// A new secret of 160 bits.
    public static func random() -> OneTimeCode { OneTimeCode(secret: .random(count: 20)) }

    /// The code of one counter.
    public func code(counter: UInt64) -> String {
        let counter = withUnsafeBytes(of: counter.bigEndian) { [UInt8]($0) }
        let mac = HMAC.authenticate(counter, with: hash, key: secret)
        let start = Int(mac[mac.count - 1] & 15)
        let bits = mac[start..<start + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) } & 0x7FFF_FFFF
        let modulus = (0..<digits).reduce(UInt32(1)) { power, _ in power * 10 }
        let text = String(bits % modulus)
        return String(repeating: "0", count: digits - text.utf8.count) + text
    }

    public func step(at time: Timestamp) -> Int64 { time.seconds.flooredQuotient(by: period) }

    public func code(at time: Timestamp) -> String { code(counter: UInt64(max(step(at: time), 0))) }

    /// The time step whose code this is, at most `window` steps away; nil for a wrong code and for one that was used.
    /// Store the answer and give it as `lastUsed` next time: a code that was seen over a shoulder must not work twice.
    public func verify(_ code: String, at time: Timestamp, window: Int64 = 1, lastUsed: Int64? = nil) -> Int64? {
        let now = step(at: time)
        var found: Int64?
        // All are compared, so that the time taken does not tell which one was near.
        for step in max(now - window, 0)...max(now + window, 0)
        where constantTimeEqual(self.code(counter: UInt64(step)), code) && step > lastUsed ?? -1 {
            found = found ?? step
        }
        return found
    }

    /// What goes into the QR code.
    public func uri(issuer: String, account: String) -> String {
        let issuer = percentEncoded(issuer)
        return "otpauth://totp/\(issuer):\(percentEncoded(account))?secret=\(Base32.encode(secret))&issuer=\(issuer)"
            + "&algorithm=\(hash.rawValue)&digits=\(digits)&period=\(period)"
    }
}

/// All but RFC 3986's unreserved characters as `%XX`.
private func percentEncoded(_ text: String) -> String {
    var encoded = ""
    for byte in text.utf8 {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            encoded.unicodeScalars.append(Unicode.Scalar(byte))
        default:
            encoded += "%" + Hex.encode([byte]).uppercased()
        }
    }
    return encoded
}
