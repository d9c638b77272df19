import Crypto
import Testing

struct KeyTests {
    @Test(arguments: [KeyKind.rsa, .p256])
    func `a signature holds for its text and key only`(kind: KeyKind) throws {
        let key = try PrivateKey(generating: kind)
        let other = try PrivateKey(generating: kind)
        let signature = key.sign("the text")
        #expect(signature.count == (kind == .rsa ? 256 : 64))
        #expect(key.publicKey.verify(signature, of: "the text"))
        #expect(!key.publicKey.verify(signature, of: "the texT"))
        #expect(!other.publicKey.verify(signature, of: "the text"))
        for position in signature.indices {
            var forged = signature
            forged[position] ^= 1
            #expect(!key.publicKey.verify(forged, of: "the text"))
        }
        #expect(!key.publicKey.verify([UInt8](), of: "the text"))
        #expect(!key.publicKey.verify([UInt8](repeating: 0, count: 64), of: "the text"))
    }

    @Test(arguments: [KeyKind.rsa, .p256])
    func `a key survives PEM and JWK`(kind: KeyKind) throws {
        let key = try PrivateKey(generating: kind)
        #expect(key.pem.hasPrefix("-----BEGIN PRIVATE KEY-----"))
        #expect(key.publicKey.pem.hasPrefix("-----BEGIN PUBLIC KEY-----"))
        let signature = try PrivateKey(pem: key.pem).sign("text")
        #expect(try PublicKey(pem: key.publicKey.pem).verify(signature, of: "text"))
        #expect(try PublicKey(jwk: key.publicKey.jwk).verify(signature, of: "text"))
    }

    @Test(arguments: [
        Samples.pkcs1, Samples.sec1, Samples.pkcs8RSA, Samples.pkcs8P256,
    ])
    func `PKCS 1, SEC 1 and PKCS 8 are read`(pem: String) throws {
        let key = try PrivateKey(pem: pem)
        #expect(key.publicKey.verify(key.sign("text"), of: "text"))
    }

    @Test func `a public key in PKCS 1 is read`() throws {
        let key = try PrivateKey(pem: Samples.pkcs1)
        #expect(try PublicKey(pem: Samples.pkcs1Public).verify(key.sign("text"), of: "text"))
    }

    @Test func `an encrypted key opens with its passphrase and never asks for one`() throws {
        #expect(throws: KeyError.unreadable) { try PrivateKey(pem: Samples.encrypted) }
        #expect(throws: KeyError.unreadable) {
            try PrivateKey(pem: Samples.encrypted, passphrase: SecretBytes(copying: "wrong"))
        }
        #expect(try PrivateKey(pem: Samples.encrypted, passphrase: SecretBytes(copying: "sesame")).kind == .p256)
    }

    @Test func `what is no key, or not ours, is refused`() throws {
        #expect(throws: KeyError.unreadable) { try PrivateKey(pem: "") }
        #expect(throws: KeyError.unreadable) {
            try PrivateKey(pem: "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----")
        }
        #expect(throws: KeyError.unsafeSize(bits: 1024)) { try PrivateKey(pem: Samples.rsa1024) }
        #expect(throws: KeyError.unsupportedKind) { try PrivateKey(pem: Samples.p384) }
        #expect(throws: KeyError.unsupportedKind) { try PrivateKey(pem: Samples.ed25519) }
        let open = try PrivateKey(generating: .p256).publicKey.pem
        #expect(throws: KeyError.unreadable) { try PrivateKey(pem: open) }
    }

    @Test func `points off the curve are refused`() throws {
        var point = try #require(try PrivateKey(generating: .p256).publicKey.p256Point)
        #expect(try PublicKey(p256Point: point).p256Point == point)
        point[64] ^= 1
        #expect(throws: KeyError.invalidPoint) { try PublicKey(p256Point: point) }
        #expect(throws: KeyError.invalidPoint) { try PublicKey(p256Point: [0] as [UInt8]) }
        #expect(throws: KeyError.invalidPoint) { try PublicKey(p256Point: point.dropLast()) }
    }

    @Test func `scalars outside of the group are refused`() throws {
        let order = try bytes("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551")
        #expect(throws: KeyError.invalidPoint) { try PrivateKey(p256Scalar: order) }
        #expect(throws: KeyError.invalidPoint) { try PrivateKey(p256Scalar: [UInt8](repeating: 0, count: 32)) }
        #expect(throws: KeyError.invalidPoint) { try PrivateKey(p256Scalar: [1] as [UInt8]) }
    }

    /// The example of RFC 7638.
    @Test func `the thumbprint is that of RFC 7638`() {
        let jwk = JWK.rsa(
            n:
                "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknj"
                + "hMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qM"
                + "QvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJ"
                + "zKnqDKgw", e: "AQAB")
        #expect(jwk.thumbprint == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs")
    }

    /// The example of RFC 8291, from the two key pairs to the key and nonce of the first record.
    @Test func `a Web Push key is agreed on as in RFC 8291`() throws {
        let decode = { (text: String) in try #require(Base64URL.decode(text)) }
        let receiver = try PrivateKey(p256Scalar: decode("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"))
        let sender = try PrivateKey(p256Scalar: decode("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"))
        let receiverPoint = try #require(receiver.publicKey.p256Point)
        let senderPoint = try #require(sender.publicKey.p256Point)
        #expect(
            Base64URL.encode(receiverPoint)
                == "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4")
        let shared = try sender.sharedSecret(with: PublicKey(p256Point: receiverPoint))
        #expect(Base64URL.encode(shared) == "kyrL1jIIOHEzg3sM2ZWRHDRB62YACZhhSlknJ672kSs")
        #expect(try receiver.sharedSecret(with: sender.publicKey).byteArray == shared.byteArray)
        let input = HKDF.derive(
            from: shared, salt: try decode("BTBZMqHH6r4Tts7J_aSIgg"),
            purpose: Array("WebPush: info\0".utf8) + receiverPoint + senderPoint, count: 32)
        let record = HKDF.extract(input, salt: try decode("DGv6ra1nlYgDCS1FRnbzlw"))
        let key = HKDF.expand(record, purpose: "Content-Encoding: aes128gcm\0", count: 16)
        let nonce = HKDF.expand(record, purpose: "Content-Encoding: nonce\0", count: 12)
        #expect(Base64URL.encode(key) == "oIhVW04MRdy2XN9CiKLxTg")
        #expect(Base64URL.encode(nonce) == "4h_95klXJ5E_qnoN")
        let sealed = AESGCM.seal(
            "When I grow up, I want to be a watermelon\u{02}", key: key, nonce: nonce.byteArray)
        #expect(
            Base64URL.encode(sealed)
                == "8pfeW0KbunFT06SuDKoJH9Ql87S1QUrdirN6GcG7sFz1y1sqLgVi1VhjVkHsUoEsbI_0LpXMuGvnzQ")
    }

    @Test func `an RSA key agrees on nothing`() throws {
        let rsa = try PrivateKey(pem: Samples.pkcs1)
        let p256 = try PrivateKey(generating: .p256)
        #expect(throws: KeyError.unsupportedKind) { try rsa.sharedSecret(with: p256.publicKey) }
        #expect(throws: KeyError.unsupportedKind) { try p256.sharedSecret(with: rsa.publicKey) }
    }
}
