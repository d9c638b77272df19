import CArgon2

/// What a password hash costs. The defaults are what OWASP recommends as the least.
public struct Argon2Cost: Sendable, Equatable {
    public var kibibytes: UInt32
    public var passes: UInt32
    public var lanes: UInt32

    public init(kibibytes: UInt32 = 19456, passes: UInt32 = 2, lanes: UInt32 = 1) {
        self.kibibytes = kibibytes
        self.passes = passes
        self.lanes = lanes
    }

    /// Within what a stored hash may ask for: a forged one must not take the machine down.
    var isSane: Bool {
        (1...16).contains(lanes) && (1...64).contains(passes) && (8 * lanes...1_048_576).contains(kibibytes)
    }
}

/// Argon2id, version 1.3 (RFC 9106), as libargon2 computes it.
enum Argon2 {
    static func tag(
        of password: some ByteSource, salt: [UInt8], secret: some ByteSource, context: [UInt8] = [], cost: Argon2Cost,
        count: Int
    ) -> [UInt8] {
        var tag = [UInt8](repeating: 0, count: count)
        var salt = salt
        var context = context
        // libargon2 only reads these: FLAG "clear password" is not set.
        let answer = tag.withUnsafeMutableBufferPointer { tag in
            salt.withUnsafeMutableBufferPointer { salt in
                context.withUnsafeMutableBufferPointer { context in
                    password.withOctets { password, passwordCount in
                        secret.withOctets { secret, secretCount in
                            var run = Argon2_Context()
                            run.out = tag.baseAddress
                            run.outlen = UInt32(tag.count)
                            run.pwd = UnsafeMutablePointer(mutating: password)
                            run.pwdlen = UInt32(passwordCount)
                            run.salt = salt.baseAddress
                            run.saltlen = UInt32(salt.count)
                            run.secret = UnsafeMutablePointer(mutating: secret)
                            run.secretlen = UInt32(secretCount)
                            run.ad = context.baseAddress
                            run.adlen = UInt32(context.count)
                            run.t_cost = cost.passes
                            run.m_cost = cost.kibibytes
                            run.lanes = cost.lanes
                            run.threads = 1
                            run.version = UInt32(ARGON2_VERSION_13.rawValue)
                            return argon2id_ctx(&run)
                        }
                    }
                }
            }
        }
        precondition(answer == 0, "Argon2 failed: \(String(cString: argon2_error_message(answer)))")
        return tag
    }
}
