import Crypto
import Testing

struct CodecTests {
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ])
    func `base64 is as RFC 4648 has it`(plain: String, encoded: String) {
        #expect(Base64.encode(plain) == encoded)
        #expect(Base64.decode(encoded) == Array(plain.utf8))
    }

    @Test(arguments: [
        "Zg", "Zg=", "Zh==", "Zm9=", "Z===", "====", "Zg==Zg==", "Zm 9v", "Zm9v\n", "Zm-v", "Zm_v", "é===",
    ])
    func `base64 that is not exact is refused`(text: String) {
        #expect(Base64.decode(text) == nil)
    }

    @Test func `base64url uses the other two characters and no padding`() {
        #expect(Base64URL.encode([0xFB, 0xFF, 0xFE] as [UInt8]) == "-__-")
        #expect(Base64URL.encode([0xFF] as [UInt8]) == "_w")
        #expect(Base64URL.decode("-__-") == [0xFB, 0xFF, 0xFE])
        #expect(Base64URL.decode("+//+") == nil)
        #expect(Base64URL.decode("_w==") == nil)
        #expect(Base64URL.decode("_x") == nil, "unused bits must be zero")
        #expect(Base64URL.decode("A") == nil)
    }

    @Test(arguments: [
        ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foob", "MZXW6YQ"), ("fooba", "MZXW6YTB"),
        ("foobar", "MZXW6YTBOI"),
    ])
    func `base32 is as RFC 4648 has it, without padding`(plain: String, encoded: String) {
        #expect(Base32.encode(plain) == encoded)
        #expect(Base32.decode(encoded) == Array(plain.utf8))
        #expect(Base32.decode(encoded.lowercased()) == Array(plain.utf8))
        let padding = String(repeating: "=", count: (8 - encoded.count % 8) % 8)
        #expect(Base32.decode(encoded + padding) == Array(plain.utf8))
    }

    @Test(arguments: ["M", "MZX", "MZXW6Y", "MZ", "MY=", "MY======MY", "M1", "M8======"])
    func `base32 that is not exact is refused`(text: String) {
        #expect(Base32.decode(text) == nil)
    }

    @Test func `hex takes both cases and whole bytes only`() {
        #expect(Hex.encode([0x00, 0x7F, 0xFF] as [UInt8]) == "007fff")
        #expect(Hex.decode("007fFF") == [0x00, 0x7F, 0xFF])
        #expect(Hex.decode("abc") == nil)
        #expect(Hex.decode("0g") == nil)
    }

    @Test func `all bytes survive every codec, at every length`() {
        for count in 0...256 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: 255 - $0) }
            #expect(Base64.decode(Base64.encode(bytes)) == bytes)
            #expect(Base64URL.decode(Base64URL.encode(bytes)) == bytes)
            #expect(Base32.decode(Base32.encode(bytes)) == bytes)
            #expect(Hex.decode(Hex.encode(bytes)) == bytes)
        }
    }
}
