import Crypto
import Testing

/// The bytes of a test vector; white space between them is only for the eye.
func bytes(_ hex: String) throws -> [UInt8] { try #require(Hex.decode(String(hex.filter { !$0.isWhitespace }))) }
