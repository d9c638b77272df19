import Crypto
import JSON
import Runtime

/// Something of a person's to which messages are pushed while they are away.
package struct Device: Sendable {
    /// By whom it is reached. The names go over the wire.
    package enum Platform: String, Sendable, CaseIterable { case fcm, apns, onesignal, webpush }

    /// So many a person may have: the one that was not named for the longest goes.
    static let most = 20

    package let id: ID<Device>
    package let platform: Platform
    package let isSandbox: Bool
    package let createdAt: Timestamp
    package let registeredAt: Timestamp
}

/// Under what a provider knows a device.
package struct DeviceAddress: Sendable, Equatable {
    /// Of Web Push the address that the browser named.
    package let token: String
    /// What a browser has besides: its public point, and a secret.
    package let keys: Keys?

    package struct Keys: Sendable, Equatable {
        let point: [UInt8]
        let secret: [UInt8]

        /// Both in base64url, as browsers name them. Nil unless the point is one of the curve.
        package init?(p256dh: String, auth: String) {
            guard let point = Base64URL.decode(p256dh.unpadded), let secret = Base64URL.decode(auth.unpadded),
                secret.count == 16, point.count == 65, (try? PublicKey(p256Point: point)) != nil
            else { return nil }
            self.point = point
            self.secret = secret
        }
    }

    package init(token: String, keys: Keys? = nil) {
        self.token = token
        self.keys = keys
    }

    // MARK: As it is sealed

    var text: String {
        guard let keys else { return token }
        return "\(Base64URL.encode(keys.point)) \(Base64URL.encode(keys.secret)) \(token)"
    }

    init?(_ text: String, of platform: Device.Platform) {
        guard platform == .webpush else {
            self.init(token: text)
            return
        }
        let parts = text.split(separator: " ", maxSplits: 2).map(String.init)
        guard parts.count == 3, let keys = Keys(p256dh: parts[0], auth: parts[1]) else { return nil }
        self.init(token: parts[2], keys: keys)
    }
}

extension String {
    /// Some browsers pad, most do not.
    fileprivate var unpadded: String { String(prefix { $0 != "=" }) }
}
