import Crypto
import Runtime

/// What only the browser can read: RFC 8291, one record of aes128gcm.
enum WebPushMessage {
    /// With all that goes around it no push service takes more.
    static let longest = 3993

    private static let recordSize: UInt32 = 4096

    /// Each message has a key pair and a salt of its own.
    static func seal(_ text: [UInt8], for keys: DeviceAddress.Keys) throws -> [UInt8] {
        try seal(text, for: keys, with: PrivateKey(generating: .p256), salt: SecureRandom.bytes(16))
    }

    static func seal(
        _ text: [UInt8], for keys: DeviceAddress.Keys, with own: PrivateKey, salt: [UInt8]
    ) throws -> [UInt8] {
        let point = own.publicKey.point
        let shared = try own.sharedSecret(with: PublicKey(p256Point: keys.point))
        let mixed = HKDF.derive(
            from: shared, salt: keys.secret, purpose: Array("WebPush: info\0".utf8) + keys.point + point, count: 32)
        let fixed = HKDF.extract(mixed, salt: salt)
        let key = HKDF.expand(fixed, purpose: Array("Content-Encoding: aes128gcm\0".utf8), count: 16)
        let nonce = HKDF.expand(fixed, purpose: Array("Content-Encoding: nonce\0".utf8), count: 12)
        // 2: the last record.
        let sealed = AESGCM.seal(text + [2], key: key, nonce: nonce.byteArray, authenticating: [UInt8]())
        let size = withUnsafeBytes(of: recordSize.bigEndian) { Array($0) }
        return salt + size + [UInt8(point.count)] + point + sealed
    }
}
