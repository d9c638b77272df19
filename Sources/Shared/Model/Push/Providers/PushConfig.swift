import Crypto
import HTTP
import Runtime

/// Who carries pushes.
package struct PushConfig: ConfigGroup {
    private enum Stand: String, CaseIterable { case log }

    let fcm: (account: FCMAccount, base: String)?
    let apns: APNsAccount?
    let oneSignal: (app: String, key: Secret, base: String)?
    let vapid: VAPIDKey
    /// Where push services of browsers may be although these addresses are not public: private installations, and tests.
    let privateRanges: [AddressRange]
    let certificates: String?
    /// What has no provider is logged, or dropped.
    let logsRest: Bool
    let logsAll: Bool
    package let masterKeys: MasterKeys

    package init(from reader: inout ConfigReader) {
        masterKeys = MasterKeys(from: &reader)
        reader.refuse(
            "FCM_SERVER_KEY", because: "is of an interface that is gone: set FCM_SERVICE_ACCOUNT to the JSON key")
        let base = reader.read("FCM_BASE_URL", .webAddress, default: "https://fcm.googleapis.com")
        fcm = reader.readIfSet("FCM_SERVICE_ACCOUNT", .serviceAccount).flatMap { $0.account }.map { ($0, base) }
        apns = Self.apns(&reader)
        let signal = reader.read("ONESIGNAL_BASE_URL", .webAddress, default: "https://api.onesignal.com")
        let app = reader.readIfSet("ONESIGNAL_APP_ID", .text)
        let key = reader.readIfSet("ONESIGNAL_API_KEY", .secret())
        if (app == nil) != (key == nil) { reader.complain("ONESIGNAL_APP_ID", "goes together with ONESIGNAL_API_KEY") }
        oneSignal = app.flatMap { app in key.map { (app, $0, signal) } }
        vapid = VAPIDKey(from: &reader)
        privateRanges = reader.read("WEBPUSH_PRIVATE_RANGES", .ranges, default: [])
        certificates = reader.readIfSet("PUSH_CA_FILE", .text)
        logsAll = reader.readIfSet("PUSH_PROVIDER", .choice(Stand.log)) != nil
        logsRest = !reader.isProduction
    }

    private static func apns(_ reader: inout ConfigReader) -> APNsAccount? {
        let pem = reader.readIfSet("APNS_KEY", .secret())
        let keyID = reader.readIfSet("APNS_KEY_ID", .text), team = reader.readIfSet("APNS_TEAM_ID", .text)
        let topic = reader.readIfSet("APNS_TOPIC", .text)
        let base = reader.read("APNS_BASE_URL", .webAddress, default: "https://api.push.apple.com")
        let sandbox = reader.read("APNS_SANDBOX_URL", .webAddress, default: "https://api.sandbox.push.apple.com")
        guard let pem else { return nil }
        guard let keyID, let team, let topic else {
            reader.complain("APNS_KEY", "goes together with APNS_KEY_ID, APNS_TEAM_ID and APNS_TOPIC")
            return nil
        }
        let account = APNsAccount(
            pem: pem.exposed, keyID: keyID, team: team, topic: topic, base: base, sandboxBase: sandbox)
        if account == nil { reader.complain("APNS_KEY", "is not the .p8 key that Apple gives out") }
        return account
    }

    /// A provider for each platform; nil where there is none.
    package func providers(
        on loops: LoopGroup, log: Logger, metrics: MetricsRegistry? = nil
    ) -> [Device.Platform: any PushProvider] {
        if logsAll {
            log.warning("development stand-in: pushes are logged and not sent (PUSH_PROVIDER=log)")
            return logged(Device.Platform.allCases, log)
        }
        func client(_ platform: Device.Platform) -> HTTPClient {
            var options = platform == .webpush ? browserOptions : options
            options.meters = metrics.map { ProviderMeters($0, platform.rawValue) }
            return HTTPClient(on: loops, options)
        }
        func meters(_ platform: Device.Platform) -> TokenMeters? {
            metrics.map { TokenMeters($0, platform.rawValue) }
        }
        var providers: [Device.Platform: any PushProvider] = [.webpush: WebPush(vapid, http: client(.webpush))]
        if let fcm {
            providers[.fcm] = FCM(fcm.account, base: fcm.base, http: client(.fcm), meters: meters(.fcm))
        }
        if let apns { providers[.apns] = APNs(apns, http: client(.apns), meters: meters(.apns)) }
        if let (app, key, base) = oneSignal {
            providers[.onesignal] = OneSignal(app: app, key: key, base: base, http: client(.onesignal))
        }
        let missing = Device.Platform.allCases.filter { providers[$0] == nil }
        guard !missing.isEmpty else { return providers }
        let names = missing.map(\.rawValue).joined(separator: ", ")
        guard logsRest else {
            log.warning("nothing is pushed to platforms without a provider", ["platforms": .string(names)])
            return providers
        }
        log.warning("development stand-in: these pushes are logged and not sent", ["platforms": .string(names)])
        return providers.merging(logged(missing, log)) { real, _ in real }
    }

    private func logged(_ platforms: [Device.Platform], _ log: Logger) -> [Device.Platform: any PushProvider] {
        Dictionary(uniqueKeysWithValues: platforms.map { ($0, LoggedPush($0, log: log)) })
    }

    /// Many streams over few connections.
    private var options: HTTPClient.Options {
        var options = HTTPClient.Options()
        options.limits = HTTPLimits(connect: .seconds(5), idle: .seconds(20), total: .seconds(30), bodyBytes: 64 << 10)
        options.concurrentPerOrigin = 128
        options.trustedCertificates = certificates
        return options
    }

    /// Their addresses come from outside.
    private var browserOptions: HTTPClient.Options {
        var options = options
        options.urlGuard = URLGuard(exceptions: privateRanges)
        options.concurrentPerOrigin = 32
        return options
    }
}

/// A stand-in for development: says in the log what would have been pushed.
struct LoggedPush: PushProvider {
    private let platform: Device.Platform
    private let log: Logger

    init(_ platform: Device.Platform, log: Logger) {
        self.platform = platform
        self.log = log.part("push")
    }

    func send(_ pushes: [Push]) async -> [PushVerdict] {
        for push in pushes {
            log.warning(
                "development stand-in: this push is logged and not sent",
                [
                    "platform": .string(platform.rawValue), "device.id": .id(push.device),
                    "title": .string(push.title), "body": .string(push.body), "badge": .int(push.badge),
                ])
        }
        return pushes.map { _ in .delivered }
    }

    func shutDown() async {}
}

/// What `FCM_SERVICE_ACCOUNT` says.
private struct ServiceAccountText: Sendable {
    let account: FCMAccount?
}

extension Setting where Value == ServiceAccountText {
    fileprivate static let serviceAccount = Setting(
        example: "the JSON key of the service account", placeholder: ServiceAccountText(account: nil), isSecret: true,
        show: { _ in "•••" }
    ) { text throws(ConfigMistake) in
        guard let account = FCMAccount(json: text) else {
            throw ConfigMistake("is not the JSON key of a service account, with an RSA key in it")
        }
        return ServiceAccountText(account: account)
    }
}

extension Setting where Value == [AddressRange] {
    fileprivate static let ranges = Setting(example: "10.0.0.0/8", placeholder: []) { text throws(ConfigMistake) in
        var ranges: [AddressRange] = []
        for part in text.split(separator: ",") {
            guard let range = AddressRange(part.trimmed) else {
                throw ConfigMistake("has what is no range of addresses")
            }
            ranges.append(range)
        }
        return ranges
    }
}
