import Crypto
import Runtime

/// What is made of the installation's key for accounts. Each purpose has a key of its own, so that nothing made for one
/// passes for another.
package struct AccountSecrets: Sendable {
    let mailTokens: TokenMint
    let secondFactorTokens: TokenMint
    let flowTokens: TokenMint
    let collectTokens: TokenMint
    let downloadTokens: TokenMint
    let unsubscribeTokens: TokenMint
    let flowKeys: KeyRing
    let phoneCodes: KeyRing
    let backupCodes: KeyRing
    let refreshTokens: KeyRing
    private let phones: KeyRing
    private let devices: KeyRing
    private let sealing: SealingKeys

    /// - Parameter refreshSecret: `JWT_REFRESH_SECRET`, where an earlier system had one.
    package init(_ masters: MasterKeys, refreshSecret: Secret? = nil) {
        mailTokens = TokenMint(masters, for: "mail")
        secondFactorTokens = TokenMint(masters, for: "second-factor")
        flowTokens = TokenMint(masters, for: "oauth-state")
        collectTokens = TokenMint(masters, for: "oauth-collect")
        downloadTokens = TokenMint(masters, for: "export")
        unsubscribeTokens = TokenMint(masters, for: "unsubscribe")
        flowKeys = KeyRing(masters, for: "oauth-flow")
        phoneCodes = KeyRing(masters, for: "phone-code")
        backupCodes = KeyRing(masters, for: "backup-code")
        refreshTokens =
            refreshSecret.map { KeyRing([SecretBytes(copying: $0.exposed)]) }
            ?? KeyRing(masters, for: "refresh-token")
        phones = KeyRing(masters, for: "phone-digest")
        devices = KeyRing(masters, for: "device-digest")
        let keys = masters.keys.map { SealingKeys.key(of: $0) }
        sealing = SealingKeys(current: keys[0], older: Array(keys.dropFirst()))
    }

    // MARK: Sealing

    /// `owner` is the row it belongs to: sealed values cannot be moved to another.
    func seal<Thing>(_ bytes: some ByteSource, as kind: StaticString, of owner: ID<Thing>) -> [UInt8] {
        sealing.seal(bytes, context: "\(kind):\(owner)")
    }

    func open<Thing>(_ sealed: [UInt8], as kind: StaticString, of owner: ID<Thing>) throws(SealError) -> [UInt8] {
        try sealing.open(sealed, context: "\(kind):\(owner)")
    }

    // MARK: Finding without knowing

    func digest(of phone: PhoneNumber) -> [UInt8] { phones.digest(phone.text) }

    /// As it may have been stored under older keys too.
    func digests(of phone: PhoneNumber) -> [[UInt8]] { phones.digests(phone.text) }

    func digest(of address: DeviceAddress) -> [UInt8] { devices.digest(address.token) }
    func digests(of address: DeviceAddress) -> [[UInt8]] { devices.digests(address.token) }
}

extension SealingKeys {
    fileprivate static func key(of master: MasterKeys.Key) -> SealingKey {
        guard let key = try? SealingKey(id: master.id, secret: master.secret) else {
            preconditionFailure("a master key has 32 bytes")
        }
        return key.derived(for: "switchyard.sealed")
    }
}
