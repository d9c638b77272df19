import Crypto
import Testing

struct RandomTests {
    @Test func `tokens are long, safe in URLs, and never the same`() {
        let tokens = Set((0..<1000).map { _ in SecureRandom.token() })
        #expect(tokens.count == 1000)
        #expect(tokens.allSatisfy { $0.utf8.count == 43 && Base64URL.decode($0)?.count == 32 })
    }

    @Test func `every digit is about equally likely`() {
        let digits = SecureRandom.digits(20_000)
        #expect(digits.utf8.count == 20_000)
        for digit in "0123456789" {
            // 2,000 are expected; 300 are 7 standard deviations.
            #expect((1700...2300).contains(digits.filter { $0 == digit }.count))
        }
    }

    @Test func `secrets do not print themselves`() {
        let secret = SecretBytes(copying: "hunter2")
        #expect("\(secret)" == "SecretBytes(7)")
        #expect(secret.byteArray == Array("hunter2".utf8))
    }

    @Test func `comparison sees every bit and the length`() {
        let value = SecureRandom.bytes(32)
        #expect(constantTimeEqual(value, value))
        #expect(!constantTimeEqual(value, value.dropLast()))
        #expect(constantTimeEqual("", [UInt8]()))
        for bit in 0..<256 {
            var other = value
            other[bit / 8] ^= 1 << (bit % 8)
            #expect(!constantTimeEqual(value, other))
        }
    }
}
