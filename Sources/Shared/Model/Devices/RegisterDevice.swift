import Crypto
import HTTP
import JSON
import Postgres
import Runtime

/// What an application says of the device that it runs on.
package struct NewDevice: Sendable {
    let platform: Device.Platform
    let address: DeviceAddress
    let isSandbox: Bool

    package init(_ platform: Device.Platform, _ address: DeviceAddress, isSandbox: Bool = false) {
        self.platform = platform
        self.address = address
        self.isSandbox = isSandbox
    }
}

/// The devices of people.
package struct Devices: Sendable {
    private let database: Database
    private let secrets: AccountSecrets
    private let config: DevicesConfig
    private let clock: any WallClock

    package init(
        database: Database, secrets: AccountSecrets, config: DevicesConfig, clock: any WallClock = SystemClock()
    ) {
        self.database = database
        self.secrets = secrets
        self.config = config
        self.clock = clock
    }

    /// The key that browsers want to know before they subscribe.
    package var browserKey: String { config.vapid.publicPoint }

    package func all(of user: SignedInUser) async throws -> [Device] {
        try await Device.all(of: user.id, on: database)
    }

    /// Named again, it is the same device. It belongs to whoever is signed in on it now. The answer's second half says
    /// whether it is new.
    package func register(_ new: NewDevice, by user: SignedInUser) async throws -> (device: Device, isNew: Bool) {
        try await database.transaction { try await register(new, by: user, on: $0) }
    }

    /// The same in the transaction of whoever has more to write with it.
    package func register(
        _ new: NewDevice, by user: SignedInUser, on transaction: some SQLRunner
    ) async throws -> (device: Device, isNew: Bool) {
        try check(new)
        let known = try await Device.find(new.platform, digests: secrets.digests(of: new.address), on: transaction)
        let id = known ?? .new()
        let device = KnownDevice(
            id: id, platform: new.platform, sealed: secrets.seal(new.address.text, as: "device", of: id),
            digest: secrets.digest(of: new.address), isSandbox: new.isSandbox)
        let kept =
            known == nil
            ? try await Device.insert(device, of: user, at: clock.now, on: transaction)
            : try await Device.update(device, of: user, at: clock.now, on: transaction)
        guard let kept else { throw Problem(.conflict, "Somebody else names this device at the same time") }
        if known == nil { try await Device.removeBeyond(Device.most, of: user.id, on: transaction) }
        return (kept, known == nil)
    }

    package func remove(_ id: ID<Device>, by user: SignedInUser) async throws {
        guard try await Device.remove(id, of: user.id, on: database) else {
            throw Problem(.notFound, "There is no such device.")
        }
    }

    /// Says nothing of whether there was one.
    package func remove(_ platform: Device.Platform, token: String, by user: SignedInUser) async throws {
        let digests = secrets.digests(of: DeviceAddress(token: token))
        try await Device.remove(platform, digests: digests, of: user.id, on: database)
    }

    private func check(_ new: NewDevice) throws(Problem) {
        let token = new.address.token
        switch new.platform {
        case .apns:
            guard token.utf8.count >= 64, token.utf8.allSatisfy(\.isHexDigit) else {
                throw .invalid("token", .badFormat, "of APNs in hexadecimal digits")
            }
        case .webpush:
            guard let url = HTTPURL(token), url.isEncrypted || config.allowsPlainPush, token.utf8.count <= 1000 else {
                throw .invalid("token", .badFormat, "of Web Push the https address of the subscription")
            }
            guard new.address.keys != nil else {
                throw .invalid("keys", .missing, "the keys of the subscription: p256dh and auth")
            }
        case .fcm, .onesignal:
            guard token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
                throw .invalid("token", .badFormat, "printable characters without spaces")
            }
        }
    }
}

/// What the API has to know of pushing.
package struct DevicesConfig: ConfigGroup {
    let vapid: VAPIDKey
    /// Browsers' push services speak TLS; those of tests need not.
    let allowsPlainPush: Bool

    package init(from reader: inout ConfigReader) {
        vapid = VAPIDKey(from: &reader)
        allowsPlainPush = !reader.isProduction
    }
}

extension UInt8 {
    fileprivate var isHexDigit: Bool {
        isDigit || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(self | 0x20)
    }
}
