import Crypto
import JSON
import Postgres
import Queue
import Runtime
import TestSupport
import Testing

@testable import Model

/// What goes to the providers, and what their answers lead to. They check what they get.
@Suite(.ownAccounts) struct ProviderTests {
    @Test func `of fifty pushes at once the first fetches the token for all, and a withdrawn one is replaced once`()
        async throws
    {
        try await PushWorld.lend { world in
            let job = try await world.owed(.fcm)
            let many = (0..<50).map { _ in job }
            #expect(try await world.send(many).allSatisfy { $0 == nil })
            #expect(try await world.peer.count("tokens") == 1)
            try await world.peer.set(["withdraw": true])
            #expect(try await world.send([job])[0] == nil)
            #expect(try await world.peer.count("tokens") == 2)
            #expect(try await world.peer.seen("fcm").count == 51)
        }
    }

    @Test(arguments: [
        (Device.Platform.fcm, "dead-1"), (.fcm, "other-project-1"), (.fcm, "malformed-1"),
        (.apns, String(repeating: "a", count: 60) + "dead"), (.apns, String(repeating: "a", count: 60) + "bad0"),
        (.onesignal, "dead-1"),
    ])
    func `a device that its provider does not know is forgotten`(platform: Device.Platform, token: String) async throws
    {
        try await PushWorld.lend { world in
            let job = try await world.owed(platform, token)
            #expect(try await world.send([job])[0] == nil)
            #expect(try await !world.has(job))
            #expect(try await world.peer.seen().isEmpty)
        }
    }

    @Test func `one that was named again since Apple lost it stays`() async throws {
        try await PushWorld.lend { world in
            let job = try await world.owed(.apns, String(repeating: "a", count: 60) + "0ead")
            #expect(try await world.send([job])[0] is JobOutcome)
            #expect(try await world.has(job))
        }
    }

    @Test func `Apple gets all over one connection a loop, signed once, and once more when that has expired`()
        async throws
    {
        try await PushWorld.lend { world in
            let job = try await world.owed(.apns, String(repeating: "ab", count: 32))
            #expect(try await world.send((0..<40).map { _ in job }).allSatisfy { $0 == nil })
            #expect(try await world.peer.count("apnsTokens") == 1)
            #expect(try #require(await world.peer.count("connections")) <= World.loops.loops.count)
            let message = try #require(await world.peer.seen("apns").first?.message)
            #expect(message["payload"]?["aps"]?["alert"]?["title"] == "Group")
            #expect(message["payload"]?["conversationId"]?.string == job.conversation.description)
            #expect(message["headers"]?["apns-collapse-id"]?.string == job.conversation.description)
        }
    }

    @Test func `what OneSignal is told alike goes in one call, and whom it does not know is forgotten`() async throws {
        try await PushWorld.lend { world in
            let people = try await world.chat.people(5)
            let id = try await world.chat.group(people)
            for (number, person) in people[1...].enumerated() {
                try await world.device(.onesignal, number == 0 ? "dead-0" : "signal-\(number)", of: person)
            }
            try await world.chat.say("hello", in: id, by: people[0])
            try await world.run()
            let seen = try await world.peer.seen("onesignal")
            #expect(Set(seen.map(\.token)) == ["signal-1", "signal-2", "signal-3"])
            #expect(seen.first?.message["contents"]?["en"] != nil && seen.first?.message["ios_badgeCount"] == 1)
            let left: Int = try await world.chat.database.one("select count(*)::int from devices")
            #expect(left == 3)
        }
    }

    @Test func `a browser reads what was sealed for it alone`() async throws {
        try await PushWorld.lend { world in
            let job = try await world.owed(.webpush)
            #expect(try await world.send([job, job]).allSatisfy { $0 == nil })
            let text = try #require(await world.peer.seen("webpush").first?.message["text"])
            #expect(text["title"] == "Group" && text["conversationId"]?.string == job.conversation.description)
            let dead = try await world.owed(.webpush, "\(world.peer.base)/wp/dead-1")
            #expect(try await world.send([dead])[0] == nil)
            #expect(try await !world.has(dead))
        }
    }

    @Test func `a subscription within our own network is not asked, and forgotten`() async throws {
        try await PushWorld.lend(["WEBPUSH_PRIVATE_RANGES": "10.0.0.0/8"]) { world in
            let job = try await world.owed(.webpush)
            #expect(try await world.send([job])[0] == nil)
            #expect(try await world.peer.count("asked") == 0)
            #expect(try await !world.has(job))
        }
    }

    /// Section 5 of RFC 8291.
    @Test func `the example of the RFC comes out`() throws {
        func bytes(_ text: String) throws -> [UInt8] { try #require(Base64URL.decode(text)) }
        let keys = try #require(
            DeviceAddress.Keys(
                p256dh: "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
                auth: "BTBZMqHH6r4Tts7J_aSIgg"))
        let sealed = try WebPushMessage.seal(
            Array("When I grow up, I want to be a watermelon".utf8), for: keys,
            with: PrivateKey(p256Scalar: try bytes("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw")),
            salt: try bytes("DGv6ra1nlYgDCS1FRnbzlw"))
        let expected =
            "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A"
            + "_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
        #expect(Base64URL.encode(sealed) == expected)
    }

    @Test func `what a provider would never take is a dead letter`() async throws {
        try await PushWorld.lend { world in
            let job = try await world.owed(.apns, String(repeating: "ab", count: 32))
            try await world.peer.set(["down": 413])
            #expect(try await world.send([job])[0] as? JobOutcome == .fail("413 "))
            #expect(try await world.has(job))
        }
    }
}

/// A provider that does not answer is left alone for a while.
@Suite(.ownAccounts) struct ProviderBreakerTests {
    @Test func `after some failures jobs wait where they are, and one finds out for the others`() async throws {
        var patience = ProviderBreaker.Patience()
        patience.first = .milliseconds(300)
        try await PushWorld.lend(patience: patience) { world in
            let job = try await world.owed(.apns, String(repeating: "ab", count: 32))
            let many = (0..<10).map { _ in job }
            try await world.peer.set(["down": 503])
            let first = try await world.send(many)
            #expect(first.allSatisfy { ($0 as? JobOutcome)?.isSnooze == true })
            let asked = try await world.peer.count("asked")
            #expect(asked == 10)
            try await world.peer.set(["down": false])
            try await eventually("the provider is asked again") {
                let outcomes = try await world.send(many)
                return outcomes.contains { $0 == nil }
            }
            // One went through, and with it all that come afterwards.
            #expect(try await world.send(many).allSatisfy { $0 == nil })
            #expect(try await world.peer.seen("apns").count == 11)
        }
    }

    @Test func `a provider that says when to come again is taken at its word`() async throws {
        try await PushWorld.lend { world in
            let job = try await world.owed(.fcm)
            try await world.peer.set(["down": 503, "downHeaders": ["retry-after": "120"]])
            let outcome = try #require(await world.send([job])[0] as? JobOutcome)
            guard case .snooze(let wait) = outcome else {
                Issue.record("\(outcome)")
                return
            }
            #expect(wait > .seconds(100) && wait < .seconds(200))
        }
    }

    @Test func `the rest grows while it goes on, and is forgotten with the first answer`() {
        let breaker = ProviderBreaker()
        var now = MonotonicTime(nanoseconds: 1)
        for _ in 0..<4 { breaker.failed(at: now) }
        #expect(breaker.ask(at: now) == .all)
        breaker.failed(at: now)
        #expect(breaker.ask(at: now) == .none && breaker.restLeft(at: now) == .seconds(5))
        now = now + .seconds(5)
        #expect(breaker.ask(at: now) == .one && breaker.ask(at: now) == .none)
        breaker.failed(at: now)
        #expect(breaker.restLeft(at: now) == .seconds(10))
        // Whoever was on the way already says nothing new.
        breaker.failed(at: now)
        #expect(breaker.restLeft(at: now) == .seconds(10))
        now = now + .seconds(10)
        #expect(breaker.ask(at: now) == .one)
        breaker.answered()
        #expect(breaker.ask(at: now) == .all && !breaker.isOpen)
    }
}

extension JobOutcome {
    fileprivate var isSnooze: Bool { if case .snooze = self { true } else { false } }
}
