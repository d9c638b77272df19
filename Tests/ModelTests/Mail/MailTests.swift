import HTTP
import JSON
import Postgres
import Queue
import Runtime
import TestSupport
import Testing

@testable import Model

/// Mails, as another's server and another's parser see them.
@Suite(.ownAccounts) struct MailTests {
    private func letter(
        _ name: String = "ada", _ language: String = "en", unsubscribe: String? = nil
    ) throws -> Letter {
        Letter(
            to: try #require(EmailAddress("\(name)@example.org")), "reset", Phrases.in(language), app: "Grüße <&> 😀",
            link: "https://chat.example.org/reset-password?token=a&b=\"c\"", unsubscribe: unsubscribe)
    }

    @Test(arguments: Phrases.Language.allCases)
    func `in every language text, page and head come out as they were meant`(language: Phrases.Language) async throws {
        try await World.lend { world in
            let peer = try await MailPeer()
            let office = try peer.office(on: world.database)
            let (letter, id) = (try letter("ada", language.rawValue), JobID.new())
            try await office.send(letter, as: id)
            let mail = try await peer.mails(1)[0]
            #expect(mail["headers"]?["Subject"]?.string == letter.subject)
            #expect(mail["sender"] == "Größe & Söhne" && mail["from"] == "no-reply@example.org")
            #expect(mail["headers"]?["Message-ID"]?.string == "<\(id)@example.org>")
            #expect(mail["headers"]?["Date"]?.string?.hasSuffix("+0000") == true)
            #expect(mail["type"] == "multipart/alternative" && mail["defects"] == [])
            #expect(mail["text"]?.string == letter.text && mail["html"]?.string == letter.html)
            #expect(letter.html.contains("Grüße &lt;&amp;&gt; 😀") && !letter.html.contains("b=\"c\""))
            #expect(try #require(mail["longest"]?.integer) <= 78)
            #expect(mail["encrypted"] == true)
            await office.shutDown()
        }
    }

    @Test func `a repetition has the same name, connections are kept, and a bulk mail says how to leave`() async throws
    {
        try await World.lend { world in
            let peer = try await MailPeer()
            let office = try peer.office(["SMTP_CONNECTIONS": "1"], on: world.database)
            let id = JobID.new()
            let link = "https://api.example.org/api/v1/mail/unsubscribe/x"
            for _ in 0..<3 { try await office.send(try letter(unsubscribe: link), as: id) }
            let mails = try await peer.mails(3)
            #expect(Set(mails.map { $0["headers"]?["Message-ID"]?.string }).count == 1)
            #expect(Set(mails.map { $0["port"]?.integer }).count == 1)
            #expect(mails[0]["headers"]?["List-Unsubscribe"]?.string == "<\(link)>")
            #expect(mails[0]["headers"]?["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click")
            #expect(await office.openedConnections() == 1)
            await office.shutDown()
        }
    }

    @Test func `an address that nobody has is written to once`() async throws {
        try await World.lend { world in
            let peer = try await MailPeer()
            let office = try peer.office(on: world.database)
            for name in ["unknown", "bare"] {
                let first = await outcome { try await office.send(try letter(name), as: .new()) }
                guard case .fail = first else {
                    Issue.record("\(name): \(String(describing: first))")
                    continue
                }
                let second = await outcome { try await office.send(try letter(name), as: .new()) }
                #expect(second == .discard("mail does not reach this address"))
            }
            await office.shutDown()
        }
    }

    @Test func `a full mailbox is tried three times, a policy says nothing of the address`() async throws {
        try await World.lend { world in
            let peer = try await MailPeer()
            let office = try peer.office(on: world.database)
            for name in ["full", "policy"] {
                for _ in 0..<3 {
                    guard case .fail = await outcome({ try await office.send(try letter(name), as: .new()) }) else {
                        Issue.record("\(name) was not refused")
                        return
                    }
                }
            }
            let fourth = await outcome { try await office.send(try letter("full"), as: .new()) }
            #expect(fourth == .discard("mail does not reach this address"))
            guard case .fail = await outcome({ try await office.send(try letter("policy"), as: .new()) }) else {
                Issue.record("a policy has silenced an address")
                return
            }
            await office.shutDown()
        }
    }

    @Test func `what is deferred, or breaks off, is tried again, and the same mail gets through`() async throws {
        try await World.lend { world in
            let peer = try await MailPeer()
            let office = try peer.office(on: world.database)
            await #expect(throws: MailDeferred.self) { try await office.send(try letter("busy"), as: .new()) }
            await #expect(throws: SMTPError.self) { try await office.send(try letter("drop"), as: .new()) }
            try await office.send(try letter(), as: .new())
            #expect(try await peer.mails(1).count == 1)
            await office.shutDown()
        }
    }

    @Test func `a server that breaks off again and again is left alone, and no mail spends an attempt on it`()
        async throws
    {
        try await World.lend { world in
            let peer = try await MailPeer()
            let office = try peer.office(on: world.database, patience: patience(.hours(1)))
            let first = await outcome { try await office.send(try letter("drop"), as: .new()) }
            #expect(first == nil, "it is tried again as usual")
            for name in ["drop", "ada", "bob"] {
                let next = await outcome { try await office.send(try letter(name), as: .new()) }
                #expect("\(String(describing: next))".contains("snooze"), "\(name): \(String(describing: next))")
            }
            await office.shutDown()
        }
    }

    @Test func `after a while one mail finds out that the server answers again`() async throws {
        try await World.lend { world in
            let peer = try await MailPeer()
            let office = try peer.office(on: world.database, patience: patience(.milliseconds(1)))
            for _ in 0..<2 { _ = await outcome { try await office.send(try letter("drop"), as: .new()) } }
            let good = try letter("bob")
            try await eventually("one is taken") { (try? await office.send(good, as: .new())) != nil }
            try await office.send(good, as: .new())
            #expect(try await peer.mails(2).count == 2)
            await office.shutDown()
        }
    }

    /// Two failures in a row are enough.
    private func patience(_ first: Duration) -> ProviderBreaker.Patience {
        var patience = ProviderBreaker.Patience()
        patience.failures = 2
        patience.first = first
        return patience
    }

    /// What was said of the sender or of the message is not the recipient's fault.
    @Test func `only what is said of a recipient counts against the address`() {
        #expect(MailBounce(SMTPReply(code: 550, text: "no", isOfRecipient: true)) == .unknown)
        #expect(MailBounce(SMTPReply(code: 550, text: "no")) == .other)
        #expect(MailBounce(SMTPReply(code: 554, text: "5.7.1 spam")) == .other)
        #expect(MailBounce(SMTPReply(code: 550, text: "5.7.1 relaying denied", isOfRecipient: true)) == .other)
        #expect(MailBounce(SMTPReply(code: 452, text: "4.2.2 full", isOfRecipient: true)) == .full)
        #expect(MailBounce(SMTPReply(code: 553, text: "5.1.8 bad sender", isOfRecipient: true)) == .other)
    }

    @Test func `a subject of any length stays within its lines, and no line of it can become a header`() {
        let long = String(repeating: "नमस्ते दुनिया 👩‍👩‍👧‍👦 ", count: 20)
        let lines = MailMessage.words(long, after: 9).split(separator: "\r\n")
        #expect(lines.allSatisfy { $0.utf8.count <= 76 })
        #expect(!MailMessage.words("a\r\nBcc: b@example.org", after: 9).contains("\n"))
    }

    private func outcome(_ body: () async throws -> Void) async -> JobOutcome? {
        do { try await body() } catch { return error as? JobOutcome }
        return nil
    }
}

/// The texts of all languages.
struct PhrasesTests {
    @Test(arguments: Phrases.Language.allCases) func `every language has every phrase, with the same places to fill`(
        language: Phrases.Language
    ) {
        let (english, other) = (Phrases.in("en"), Phrases.in(language.rawValue))
        #expect(other.keys == english.keys)
        for key in english.keys { #expect(places(in: other(key)) == places(in: english(key)), "\(key)") }
    }

    @Test func `a language of a country is that language, and an unknown one English`() {
        #expect(Phrases.in("es-MX").language == .es && Phrases.in("DE").language == .de)
        #expect(Phrases.in("fr").language == .en)
        #expect(Phrases.in("en")("push.said", ["sender": "{text}", "text": "x"]) == "{text}: x")
    }

    private func places(in text: String) -> Set<String> {
        Set(
            text.split(separator: "{", omittingEmptySubsequences: false).dropFirst().map {
                String($0.prefix { $0 != "}" })
            })
    }
}
