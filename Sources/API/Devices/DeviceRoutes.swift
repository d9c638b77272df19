import APIFrame
import HTTP
import JSON
import Model
import Queue
import Runtime

/// The devices to which messages are pushed.
package struct DeviceRoutes: Sendable {
    private let devices: Devices

    package init(_ devices: Devices) { self.devices = devices }

    package func tables(under prefix: String) -> [APIRoutes] { [APIRoutes("Devices", under: prefix, routes)] }

    private var routes: [APIRoute] {
        [
            .create(
                "/devices", "Name a device to push to", errors: [.validationFailed, .conflict],
                details: """
                    Named again it is the same device, answered with 200; it belongs to whoever is signed in on it, as long as that \
                    session lasts. `token`: of FCM and APNs the token, of OneSignal the id of the subscription, of Web Push the \
                    `endpoint` of the subscription, whose `keys` come besides.
                    """, register),
            .get("/devices", "List one's devices", list),
            .get(
                "/devices/webpush-key", "Show the key for Web Push",
                details: "What a browser's `pushManager.subscribe` takes as `applicationServerKey`.", key),
            .delete(
                "/devices", "Forget a device by its token", details: "Answers the same where there is none.", forget),
            .delete("/devices/{id}", "Forget a device", remove),
        ]
    }

    private func register(
        _ input: DeviceInput, _ call: Call, _ transaction: JobTransaction
    ) async throws -> CreatedOrFound<Device> {
        let (device, isNew) = try await devices.register(input.new, by: try call.signedIn, on: transaction)
        return isNew ? .created(device) : .found(device)
    }

    private func list(_ input: NoInput, _ call: Call) async throws -> Page<Device> {
        Page(try await devices.all(of: try call.signedIn))
    }

    private func key(_ input: NoInput, _ call: Call) throws -> BrowserKey { BrowserKey(key: devices.browserKey) }

    private func forget(_ input: DeviceTokenInput, _ call: Call) async throws -> NoContent {
        try await devices.remove(input.platform, token: input.token, by: try call.signedIn)
        return NoContent()
    }

    private func remove(_ input: DevicePath, _ call: Call) async throws -> NoContent {
        try await devices.remove(input.id, by: try call.signedIn)
        return NoContent()
    }
}

struct DeviceInput: RouteInput {
    /// Of Apple's two environments.
    enum Environment: String, CaseIterable, SchemaBearing { case production, sandbox }

    let new: NewDevice

    init(from input: inout InputReader) {
        let platform = input.read("platform", .choice(Device.Platform.self))
        let token = input.read("token", .deviceToken)
        let environment = input.readIfPresent(
            "environment", Schema<Environment>.choice().described("Of APNs: `production` unless said."))
        let keys = input.readIfPresent("keys", .object(BrowserKeysInput.self).described("Of Web Push."))
        let parsed = keys.flatMap { DeviceAddress.Keys(p256dh: $0.p256dh, auth: $0.auth) }
        input.check("keys", .badFormat, "a point of P-256 and 16 bytes, both in base64url") {
            keys == nil || parsed != nil
        }
        new = NewDevice(platform, DeviceAddress(token: token, keys: parsed), isSandbox: environment == .sandbox)
    }
}

struct BrowserKeysInput: RouteInput {
    let p256dh: String
    let auth: String

    init(from input: inout InputReader) {
        p256dh = input.read("p256dh", .text(80...100))
        auth = input.read("auth", .text(16...40))
    }
}

struct DeviceTokenInput: RouteInput {
    let platform: Device.Platform
    let token: String

    init(from input: inout InputReader) {
        platform = input.read("platform", .choice())
        token = input.read("token", .deviceToken)
    }
}

struct DevicePath: RouteInput {
    let id: ID<Device>
    init(from input: inout InputReader) { id = input.path("id", .id()) }
}

/// The public key of this installation for Web Push.
struct BrowserKey: Sendable {
    let key: String
}

extension BrowserKey: Representable {
    static let representation = Representation<BrowserKey>(
        "WebPushKey", "The public key of this installation for Web Push.",
        [.member("key", "A point of P-256 in base64url.") { $0.key }])
}

extension Device.Platform: SchemaBearing {}

extension Device: Representable {
    package static let representation = Representation<Device>(
        "Device", "Something of a person's to which messages are pushed.",
        [
            .member("id") { $0.id },
            .member("platform") { $0.platform },
            .member("createdAt") { $0.createdAt },
            .member("registeredAt", "When it was named last.") { $0.registeredAt },
        ])
}

extension Schema where Value == String {
    fileprivate static var deviceToken: Schema { .text(1...1000) }
}
