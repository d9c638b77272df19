import Crypto
import TestSupport
import Testing

struct CryptoLeakTests {
    /// In a process of its own, as others allocate beside it.
    @Test(.measuresMemory) func `what OpenSSL allocates is given back`() async {
        await #expect(processExitsWith: .success) {
            ExitTestProcess.speakUp()
            let rsa = try PrivateKey(pem: Samples.pkcs1)
            let p256 = try PrivateKey(pem: Samples.sec1)
            try LeakLoad.run(rsa, p256, rounds: 100)
            let growth = try await Memory.growth(below: 512) { try LeakLoad.run(rsa, p256, rounds: 600) }
            #expect(growth < 512, "\(growth) KB more")
        }
    }
}

private enum LeakLoad {
    static func run(_ rsa: PrivateKey, _ p256: PrivateKey, rounds: Int) throws {
        let keys = SealingKeys(current: .random(id: 1))
        for number in 0..<rounds {
            var hash = Hash.sha256.incremental
            hash.update("\(number)")
            _ = HMAC.authenticate(hash.finish(), with: .sha512, key: "key")
            let sealed = keys.seal("\(number)", context: "leak")
            _ = try keys.open(sealed, context: "leak")
            _ = try? keys.open(sealed, context: "other")
            for key in [rsa, p256] {
                let token = TokenSigningKey(key).sign("{}")
                _ = try TokenVerifier([TokenVerifyingKey(key.publicKey)]).verify(token)
                _ = try PublicKey(jwk: key.publicKey.jwk)
                _ = try PublicKey(pem: key.publicKey.pem)
                _ = try? PrivateKey(pem: key.publicKey.pem)
                _ = try? PublicKey(p256Point: key.sign("no point"))
            }
            _ = try p256.sharedSecret(with: PrivateKey(generating: .p256).publicKey)
        }
    }
}
