import Foundation
import JSON
import Runtime
import TestSupport
import Testing

@testable import Model

/// A real browser subscribes, and reads what was pushed to it. Only under `make soak`, and where Debian's `firefox-esr` is installed: it
/// takes its time to start.
@Suite(.ownAccounts, .enabled(if: Soak.isOn && FileManager.default.isExecutableFile(atPath: "/usr/bin/firefox-esr")))
struct BrowserTests {
    @Test func `Firefox decrypts a push, and its service worker gets the text`() async throws {
        try await PushWorld.lend { world in
            let folder = try ScratchFolder("firefox")
            let browser = try TestProcess(
                Peers.python, ["\(Peers.folder)/browser_push.py", folder.file("home"), world.devices.browserKey])
            let line = try await browser.waitForLine(containing: "subscription {", within: .seconds(180))
            let subscription = try JSONCoder.decode(JSONValue.self, from: Array(line.dropFirst(13).utf8))
            let named = subscription["keys"]
            let keys = DeviceAddress.Keys(
                p256dh: named?["p256dh"]?.string ?? "", auth: named?["auth"]?.string ?? "")
            #expect(keys != nil)
            let people = try await world.chat.people(2)
            let group = try await world.chat.group(people)
            let (owner, _) = try await world.device(.fcm, of: people[1])
            let address = DeviceAddress(
                token: try #require(subscription["endpoint"]?.string), keys: keys)
            _ = try await world.devices.register(NewDevice(.webpush, address), by: owner)
            try await world.chat.say("नमस्ते 👋", in: group, by: people[0])
            try await world.run()
            try await browser.waitForLine(containing: "ack 100")
            let received = try await browser.waitForLine(containing: "received {")
            let text = try JSONCoder.decode(JSONValue.self, from: Array(received.dropFirst(9).utf8))
            #expect(text["title"] == "Group" && text["body"]?.string?.hasSuffix("नमस्ते 👋") == true)
            browser.killFamily()
        }
    }
}
