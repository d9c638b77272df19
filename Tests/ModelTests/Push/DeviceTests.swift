import Postgres
import Runtime
import TestSupport
import Testing

@testable import Model

/// The devices that people name.
@Suite(.ownAccounts) struct DeviceTests {
    @Test func `named again it is the same device, and it goes with whoever signs in on it`() async throws {
        try await PushWorld.lend { world in
            let people = try await world.chat.people(2)
            let (ada, first) = try await world.device(.fcm, "token-a", of: people[0])
            let again = try await world.devices.register(NewDevice(.fcm, DeviceAddress(token: "token-a")), by: ada)
            #expect(again.device.id == first.id && !again.isNew)
            #expect(try await world.devices.all(of: ada).map(\.id) == [first.id])
            let (bob, moved) = try await world.device(.fcm, "token-a", of: people[1])
            #expect(moved.id == first.id)
            #expect(try await world.devices.all(of: ada).isEmpty)
            // Nobody else's can be taken away.
            try await world.devices.remove(.fcm, token: "token-a", by: ada)
            await #expect(throws: Problem.self) { try await world.devices.remove(moved.id, by: ada) }
            #expect(try await world.devices.all(of: bob).count == 1)
            try await world.devices.remove(.fcm, token: "token-a", by: bob)
            #expect(try await world.devices.all(of: bob).isEmpty)
        }
    }

    @Test func `a device falls silent with its session, and its token is not to be read in the table`() async throws {
        try await PushWorld.lend { world in
            let (ada, device) = try await world.device(.fcm, "token-to-hide", of: try await world.chat.people(1)[0])
            let sealed: [UInt8] = try await world.chat.database.one(
                "select token_sealed || token_digest from devices where id = \(device.id)")
            #expect(!String(decoding: sealed, as: UTF8.self).contains("token-to-hide"))
            try await world.chat.database.run(
                "update sessions set ended_at = now(), end_reason = 'logout' where id = \(ada.session)")
            #expect(try await world.devices.all(of: ada).isEmpty)
        }
    }

    @Test func `of more than twenty the one that was not named for the longest goes`() async throws {
        try await PushWorld.lend { world in
            let ada = try await world.chat.people(1)[0]
            var all: [ID<Device>] = []
            for _ in 0...Device.most { all.append(try await world.device(of: ada).device.id) }
            let kept = try await world.devices.all(of: ada).map(\.id)
            #expect(kept.count == Device.most && !kept.contains(all[0]) && kept.contains(all[1]))
        }
    }

    @Test(arguments: [
        (Device.Platform.apns, "not hexadecimal"), (.apns, "abcd"), (.fcm, "with space"),
        (.webpush, "ftp://example.org/x"),
        (.webpush, "https://example.org/without-keys"),
    ])
    func `what is no token of its platform is refused`(platform: Device.Platform, token: String) async throws {
        try await PushWorld.lend { world in
            let ada = try await world.chat.people(1)[0]
            let code = try await problemCode {
                _ = try await world.devices.register(NewDevice(platform, DeviceAddress(token: token)), by: ada)
            }
            #expect(code == .validationFailed)
        }
    }

    @Test func `a point that is not on the curve is no key of a browser`() {
        #expect(
            DeviceAddress.Keys(p256dh: "BA" + String(repeating: "A", count: 85), auth: "AAAAAAAAAAAAAAAAAAAAAA") == nil)
    }
}
