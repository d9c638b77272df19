import Crypto
import Testing

struct TokenTests {
    private static let joe = "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}"
    private static let joePart =
        "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
    private let secret = SecureRandom.bytes(32)

    @Test func `the HS256 example of RFC 7515 is accepted`() throws {
        let key = try #require(
            Base64URL.decode("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"))
        let token =
            "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9." + Self.joePart + ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
        let verified = try TokenVerifier([TokenVerifyingKey(secret: key)]).verify(token)
        #expect(verified.payload == Array(Self.joe.utf8))
        #expect(verified.type == "JWT")
    }

    @Test func `the RS256 example of RFC 7515 is accepted`() throws {
        let key = try PublicKey(
            jwk: .rsa(
                n:
                    "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2l"
                    + "ZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEM"
                    + "a2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2P"
                    + "AcDTW9gb54h4FRWyuXpoQ", e: "AQAB"))
        let token =
            "eyJhbGciOiJSUzI1NiJ9." + Self.joePart
            + ".cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUA"
            + "r7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--"
            + "xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_Ioy"
            + "pGlUPQGe77Rw"
        #expect(try TokenVerifier([TokenVerifyingKey(key)]).verify(token).payload == Array(Self.joe.utf8))
    }

    @Test func `the ES256 example of RFC 7515 is accepted`() throws {
        let key = try PublicKey(
            jwk: .p256(
                x: "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", y: "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"))
        let token =
            "eyJhbGciOiJFUzI1NiJ9." + Self.joePart
            + ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
        #expect(try TokenVerifier([TokenVerifyingKey(key)]).verify(token).payload == Array(Self.joe.utf8))
    }

    @Test func `what is signed is verified, with its key's name and type`() throws {
        let keys = try [
            TokenSigningKey(secret: secret, id: "shared-1"), TokenSigningKey(PrivateKey(generating: .rsa), id: "rsa-1"),
            TokenSigningKey(PrivateKey(generating: .p256), id: "p256-1"),
        ]
        let verifier = TokenVerifier(keys.map(\.verifyingKey))
        for key in keys {
            let token = key.sign("{\"sub\":\"1\"}", type: "at+jwt")
            let verified = try verifier.verify(token)
            #expect(verified.keyID == key.id)
            #expect(verified.type == "at+jwt")
            #expect(verified.payload == Array("{\"sub\":\"1\"}".utf8))
        }
    }

    @Test func `a change of any character is noticed`() throws {
        let key = try TokenSigningKey(secret: secret)
        let verifier = TokenVerifier([key.verifyingKey])
        let token = Array(key.sign("{\"sub\":\"1\"}").utf8)
        for position in token.indices {
            var forged = token
            forged[position] = forged[position] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            #expect(throws: TokenError.self) { try verifier.verify(forged) }
        }
    }

    /// The public key as an HMAC secret, and no signature at all: the two classic forgeries.
    @Test func `the token does not choose its algorithm`() throws {
        let pair = try PrivateKey(generating: .rsa)
        let verifier = TokenVerifier([TokenVerifyingKey(pair.publicKey)])
        let confused = try TokenSigningKey(secret: pair.publicKey.pem).sign("{}")
        #expect(throws: TokenError.wrongAlgorithm) { try verifier.verify(confused) }
        for none in ["none", "None", "NONE", "", "RS384", "rs256"] {
            let header = Base64URL.encode("{\"alg\":\"\(none)\"}")
            #expect(throws: TokenError.wrongAlgorithm) { try verifier.verify("\(header).e30.") }
        }
        #expect(throws: TokenError.wrongAlgorithm) { try verifier.verify(Base64URL.encode("{}") + ".e30.") }
    }

    @Test func `a token is checked by the key it names and no other`() throws {
        let old = try TokenSigningKey(secret: secret, id: "old")
        let new = try TokenSigningKey(secret: SecureRandom.bytes(32), id: "new")
        let impostor = try TokenSigningKey(secret: secret, id: "new")
        let stranger = try TokenSigningKey(secret: secret, id: "stranger")
        let nameless = try TokenSigningKey(secret: secret)
        let verifier = TokenVerifier([old.verifyingKey, new.verifyingKey])
        #expect(try verifier.verify(old.sign("{}")).keyID == "old")
        #expect(throws: TokenError.wrongSignature) { try verifier.verify(impostor.sign("{}")) }
        #expect(throws: TokenError.unknownKey) { try verifier.verify(stranger.sign("{}")) }
        #expect(throws: TokenError.unknownKey) { try verifier.verify(nameless.sign("{}")) }
        #expect(throws: TokenError.unknownKey) { try TokenVerifier([]).verify(nameless.sign("{}")) }
    }

    @Test(arguments: [
        "", ".", "..", "a.b", "e30", "e30.e30", "e30.e30.e30.e30", "e30=.e30.AA", "e30.e 0.AA", "W10.e30.AA",
        "e30.e30.A",
    ])
    func `what is no token is refused`(token: String) throws {
        let verifier = TokenVerifier([try TokenVerifyingKey(secret: secret)])
        #expect(throws: TokenError.self) { try verifier.verify(token) }
    }

    @Test(arguments: [
        "{\"alg\":\"HS256\",\"alg\":\"none\"}", "{\"alg\":\"HS256\"}{}", "{\"alg\":\"HS256\"", "{\"alg\":5}",
        "{\"alg\":[]}",
        "{\"a\\u006cg\":\"HS256\"}", "{\"alg\":\"HS256\",}", "{\"x\":[[[[[[[[[[1]]]]]]]]]],\"alg\":\"HS256\"}", "[]",
        "null",
        "{\"alg\":\"HS256\",\"kid\":{}}",
    ])
    func `a header that is not plain is refused`(header: String) throws {
        let verifier = TokenVerifier([try TokenVerifyingKey(secret: secret)])
        let input = Base64URL.encode(header) + ".e30"
        let signature = Base64URL.encode(HMAC.authenticate(input, with: .sha256, key: secret))
        #expect(throws: TokenError.malformed) { try verifier.verify(input + "." + signature) }
    }

    @Test func `members that are not needed are passed over, demands are not`() throws {
        let verifier = TokenVerifier([try TokenVerifyingKey(secret: secret)])
        func token(_ header: String) -> String {
            let input = Base64URL.encode(header) + ".e30"
            return input + "." + Base64URL.encode(HMAC.authenticate(input, with: .sha256, key: secret))
        }
        let rich = "{ \"x5c\" : [\"a\", {\"b\": 1.5e3}], \"n\" : null, \"alg\" : \"HS256\" }"
        #expect(try verifier.verify(token(rich)).payload == Array("{}".utf8))
        #expect(throws: TokenError.unsupported) {
            try verifier.verify(token("{\"alg\":\"HS256\",\"crit\":[\"b64\"],\"b64\":false}"))
        }
    }

    @Test func `a token that is too long is refused before it is read`() throws {
        let key = try TokenSigningKey(secret: secret)
        let token = key.sign(String(repeating: "x", count: 1000))
        #expect(throws: TokenError.malformed) { try TokenVerifier([key.verifyingKey], maximumBytes: 999).verify(token) }
    }

    @Test func `short shared secrets are refused`() {
        #expect(throws: KeyError.unsafeSize(bits: 248)) {
            try TokenSigningKey(secret: [UInt8](repeating: 7, count: 31))
        }
    }
}
