import Foundation
import HTTP
import Runtime
import TestSupport
import Testing

struct SMTPClientTests {
    private static let hello = Array("Subject: hello\r\n\r\nhello\r\n".utf8)
    private static let queued = MailOutcome.accepted(SMTPReply(code: 250, text: "2.0.0 queued as 42"))

    @Test func `an accepted message arrives as it was`() async throws {
        let peer = try await SMTPPeer()
        let client = peer.client()
        let message = "Subject: dots\n\n.\n..two\n.\r\nlast line without end"
        let outcomes = try await client.send(
            from: "from@example.org", to: ["a@example.org", "b@example.org"], message: Array(message.utf8))
        #expect(outcomes == [Self.queued, Self.queued])
        let mail = try await peer.received(1)[0]
        #expect(mail.from == "from@example.org")
        #expect(mail.to == ["a@example.org", "b@example.org"])
        #expect(mail.message == "Subject: dots\r\n\r\n.\r\n..two\r\n.\r\nlast line without end\r\n")
        #expect(mail.hello == "mail.example.org")
    }

    @Test func `a line end of half its bytes cannot end the message`() async throws {
        let peer = try await SMTPPeer()
        let smuggled = "one\n.\nMAIL FROM:<evil@example.org>\r.\r\n.\r\ntwo"
        _ = try await peer.client().send(
            from: "from@example.org", to: ["a@example.org"], message: Array(smuggled.utf8))
        let mail = try await peer.received(1)[0]
        #expect(mail.message == "one\r\n.\r\nMAIL FROM:<evil@example.org>\r\n.\r\n.\r\ntwo\r\n")
    }

    @Test func `each recipient has its own outcome`() async throws {
        let peer = try await SMTPPeer()
        let outcomes = try await peer.client().send(
            from: "from@example.org",
            to: ["unknown@example.org", "a@example.org", "busy@example.org", "full@example.org"], message: Self.hello)
        #expect(
            outcomes == [
                .refused(SMTPReply(code: 550, text: "5.1.1 no such user")), Self.queued,
                .deferred(SMTPReply(code: 451, text: "4.3.0 try again later")),
                .refused(SMTPReply(code: 552, text: "mailbox full")),
            ])
        #expect(try await peer.received(1)[0].to == ["a@example.org"])
    }

    @Test(arguments: [
        ("unknown", MailOutcome.refused(SMTPReply(code: 550, text: "5.1.1 no such user"))),
        ("busy", MailOutcome.deferred(SMTPReply(code: 451, text: "4.3.0 try again later"))),
    ])
    func `without any good recipient there is still an outcome`(name: String, outcome: MailOutcome) async throws {
        let peer = try await SMTPPeer()
        let outcomes = try await peer.client().send(
            from: "from@example.org", to: ["\(name)@example.org"], message: Self.hello)
        #expect(outcomes == [outcome])
    }

    @Test func `a refused sender is refused for every recipient`() async throws {
        let peer = try await SMTPPeer()
        let outcomes = try await peer.client().send(
            from: "unknown@example.org", to: ["a@example.org", "b@example.org"], message: Self.hello)
        let refusal = MailOutcome.refused(SMTPReply(code: 550, text: "5.1.1 no such user"))
        #expect(outcomes == [refusal, refusal])
    }

    @Test(arguments: [
        ("spam", MailOutcome.refused(SMTPReply(code: 554, text: "5.7.1 we do not want this really not"))),
        ("later", MailOutcome.deferred(SMTPReply(code: 452, text: "disk full"))),
    ])
    func `the verdict on the message counts for those that were accepted`(word: String, outcome: MailOutcome)
        async throws
    {
        let peer = try await SMTPPeer()
        let outcomes = try await peer.client().send(
            from: "from@example.org", to: ["a@example.org", "unknown@example.org"],
            message: Self.hello + Array(word.utf8))
        #expect(outcomes == [outcome, .refused(SMTPReply(code: 550, text: "5.1.1 no such user"))])
    }

    @Test func `connections are kept for the next message, also after a refusal`() async throws {
        let peer = try await SMTPPeer()
        let client = peer.client { $0.connections = 1 }
        for _ in 0..<5 {
            #expect(
                try await client.send(from: "from@example.org", to: ["a@example.org"], message: Self.hello)
                    == [Self.queued])
        }
        let mails = try await peer.received(5)
        #expect(Set(mails.map(\.connection)) == [1])
        let outcomes = try await client.send(
            from: "unknown@example.org", to: ["a@example.org"], message: Self.hello)
        #expect(!outcomes[0].isAccepted)
        #expect(
            try await client.send(from: "from@example.org", to: ["a@example.org"], message: Self.hello) == [Self.queued]
        )
    }

    @Test func `50 messages at a time share the connections`() async throws {
        let peer = try await SMTPPeer()
        let client = peer.client { $0.connections = 3 }
        try await withThrowingTaskGroup(of: [MailOutcome].self) { group in
            for number in 0..<50 {
                group.addTask {
                    try await client.send(
                        from: "from@example.org", to: ["user\(number)@example.org"], message: Self.hello)
                }
            }
            for try await outcomes in group { #expect(outcomes == [Self.queued]) }
        }
        #expect(await client.openedConnections() == 3)
        #expect(Set(try await peer.received(50).flatMap(\.to)).count == 50)
    }

    @Test(arguments: ["drop@example.org", "a@example.org"])
    func `a connection that breaks is an error, not an outcome`(recipient: String) async throws {
        let peer = try await SMTPPeer()
        do {
            _ = try await peer.client().send(
                from: "from@example.org", to: [recipient], message: Self.hello + Array("vanish".utf8))
            Issue.record("there was an outcome")
        } catch {
            switch error {
            case .connection, .brokenAnswer: break
            default: Issue.record("\(error)")
            }
        }
    }

    @Test func `a server that never answers runs into the limit`() async throws {
        let peer = try await SMTPPeer()
        let client = peer.client { $0.totalLimit = .milliseconds(300) }
        await #expect(throws: SMTPError.timeout) {
            try await client.send(from: "from@example.org", to: ["slow@example.org"], message: Self.hello)
        }
        let patient = peer.client { $0.replyLimit = .milliseconds(300) }
        await #expect(throws: SMTPError.timeout) {
            try await patient.send(from: "from@example.org", to: ["slow@example.org"], message: Self.hello)
        }
    }

    @Test func `cancelling and shutting down end what is under way`() async throws {
        let peer = try await SMTPPeer()
        let client = peer.client()
        let send = { @Sendable in
            try await client.send(from: "from@example.org", to: ["slow@example.org"], message: Self.hello)
        }
        let cancelled = Task { try await send() }
        try await eventually("the connection") { await client.openedConnections() == 1 }
        cancelled.cancel()
        await #expect(throws: SMTPError.cancelled) { try await cancelled.value }
        let pending = Task { try await send() }
        try await eventually("the connection") { await client.openedConnections() == 2 }
        await client.shutDown()
        await #expect(throws: SMTPError.shutDown) { try await pending.value }
        await #expect(throws: SMTPError.shutDown) { try await send() }
    }

    @Test(arguments: ["421 too busy", "554 no mail service here"])
    func `a server that does not want to talk is unavailable`(greeting: String) async throws {
        let peer = try await SMTPPeer(["--greeting", greeting])
        let reply = SMTPReply(code: Int(greeting.prefix(3)) ?? 0, text: String(greeting.dropFirst(4)))
        await #expect(throws: SMTPError.unavailable(reply)) {
            try await peer.client().send(from: "from@example.org", to: ["a@example.org"], message: Self.hello)
        }
    }

    @Test func `a user logs in, and a wrong password is told apart`() async throws {
        let peer = try await SMTPPeer(["--login", "user", "pass word"])
        let client = peer.client {
            $0.user = "user"
            $0.password = "pass word"
        }
        #expect(
            try await client.send(from: "from@example.org", to: ["a@example.org"], message: Self.hello) == [Self.queued]
        )
        let wrong = peer.client {
            $0.user = "user"
            $0.password = "wrong"
        }
        await #expect(throws: SMTPError.authentication("535 5.7.8 wrong password")) {
            try await wrong.send(from: "from@example.org", to: ["a@example.org"], message: Self.hello)
        }
    }

    @Test(arguments: [SMTPClient.Security.startTLS, .tls])
    func `TLS is used, and its certificate is checked`(security: SMTPClient.Security) async throws {
        let certificate = try await Certificate()
        let option = security == .tls ? "--tls" : "--starttls"
        let peer = try await SMTPPeer([option, certificate.file, certificate.keyFile])
        let client = peer.client {
            $0.security = security
            $0.trustedCertificates = certificate.file
        }
        _ = try await client.send(from: "from@example.org", to: ["a@example.org"], message: Self.hello)
        #expect(try await peer.received(1)[0].encrypted)
        do {
            _ = try await peer.client { $0.security = security }.send(
                from: "from@example.org", to: ["a@example.org"], message: Self.hello)
            Issue.record("an unknown certificate was accepted")
        } catch {
            guard case .tls = error else {
                Issue.record("\(error)")
                return
            }
        }
    }

    @Test func `a server without STARTTLS gets nothing when it is asked for`() async throws {
        let peer = try await SMTPPeer()
        do {
            _ = try await peer.client { $0.security = .startTLS }.send(
                from: "from@example.org", to: ["a@example.org"], message: Self.hello)
            Issue.record("the message went out in the open")
        } catch {
            guard case .tls = error else {
                Issue.record("\(error)")
                return
            }
        }
    }

    @Test(arguments: ["", "a", "a@", "@b", "a@b@c", "a b@c", "a@b>", "a@b\r\nRCPT TO:<c@d>", "a\0@b"])
    func `an address that would break the envelope is refused`(address: String) async throws {
        let client = SMTPClient(SMTPClient.Options(host: "127.0.0.1", port: 1))
        await #expect(throws: SMTPError.invalidEnvelope(address)) {
            try await client.send(from: "from@example.org", to: [address], message: Self.hello)
        }
    }
}

/// The mail server of Tests/HTTPTests/Peers on a port of its own.
private struct SMTPPeer {
    struct Mail: Decodable {
        let from: String
        let to: [String]
        let message: String
        let hello: String
        let connection: Int
        let encrypted: Bool
    }

    private let process: TestProcess
    private let port: UInt16

    init(_ arguments: [String] = []) async throws {
        process = try TestProcess("python3", ["\(Peers.folder)/smtp_peer.py"] + arguments)
        port = UInt16(try await Peers.port(of: process))
    }

    func client(_ change: (inout SMTPClient.Options) -> Void = { _ in }) -> SMTPClient {
        var options = SMTPClient.Options(host: "127.0.0.1", port: port)
        options.security = .plain
        options.helloName = "mail.example.org"
        change(&options)
        return SMTPClient(options)
    }

    /// What the server accepted, as soon as it is that many.
    func received(_ count: Int) async throws -> [Mail] {
        try await eventually("\(count) messages") { process.lines.count > count }
        return try process.lines.dropFirst().map { try JSONDecoder().decode(Mail.self, from: Data($0.utf8)) }
    }
}
