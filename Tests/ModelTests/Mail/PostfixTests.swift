import Foundation
import Postgres
import Queue
import Runtime
import TestSupport
import Testing

@testable import Model

/// The mail server that most have. Only under `make soak`, as root, and where Debian's `postfix` is installed.
@Suite(
    .ownAccounts,
    .enabled(if: Soak.isOn && geteuid() == 0 && FileManager.default.isExecutableFile(atPath: "/usr/sbin/postfix")))
struct PostfixTests {
    @Test func `Postfix takes a mail over TLS under our name for it, and its refusal silences an address`() async throws
    {
        try await World.lend { world in
            let postfix = try await Postfix()
            let office = try postfix.office(on: world.database)
            let (known, unknown) = (
                try #require(EmailAddress("ada@example.org")), try #require(EmailAddress("bob@example.org"))
            )
            func letter(_ to: EmailAddress) -> Letter {
                Letter(to: to, "export", Phrases.in("hi"), app: "Switchyard", link: "https://chat.example.org/")
            }
            let id = JobID.new()
            // It may take its time to start.
            try await eventually("Postfix takes it") {
                (try? await office.send(letter(known), as: id)) != nil
            }
            try await postfix.process.waitForLine(containing: "message-id=<\(id)@example.org>")
            try await postfix.process.waitForLine(containing: "status=sent")
            await #expect(throws: JobOutcome.self) { try await office.send(letter(unknown), as: .new()) }
            try await postfix.process.waitForLine(containing: "550 5.1.1 <bob@example.org>")
            #expect(try await Suppression.find(unknown, on: world.database)?.covers(.now) == true)
            await office.shutDown()
            postfix.process.killFamily()
        }
    }
}

/// Postfix in folders of its own; it knows one address, and throws away what comes there.
private struct Postfix {
    let process: TestProcess
    private let folder: ScratchFolder
    private let port: Int

    init() async throws {
        folder = try ScratchFolder("postfix")
        port = Int.random(in: 20_000..<30_000)
        let home = folder.file("home")
        try await TestProcess.run("/bin/bash", ["-c", Self.arrangement, "arrange", home, "\(port)"])
        process = try TestProcess("/usr/sbin/postfix", ["-c", "\(home)/c", "start-fg"])
    }

    func office(on database: Database) throws -> MailOffice {
        var reader = ConfigReader([
            "SMTP_HOST": "127.0.0.1", "SMTP_PORT": "\(port)", "SMTP_CA_FILE": folder.file("home/certificate.pem"),
            "SMTP_FROM": "no-reply@example.org",
        ])
        let config = MailServerConfig(from: &reader)
        try reader.finish()
        return MailOffice(config, database: database, metrics: MetricsRegistry(), log: .silent)
    }

    private static let arrangement = #"""
        set -eu
        D=$1 PORT=$2
        mkdir -p "$D/c" "$D/spool" "$D/data"
        chown postfix "$D/data"
        # Its daemons come here under another name.
        part=$D
        while [ "$part" != / ]; do chmod o+x "$part" && part=$(dirname "$part"); done
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=peer \
            -addext subjectAltName=IP:127.0.0.1 -keyout "$D/key.pem" -out "$D/certificate.pem"
        cat >"$D/c/main.cf" <<END
        compatibility_level = 3.6
        queue_directory = $D/spool
        data_directory = $D/data
        mail_owner = postfix
        setgid_group = postdrop
        command_directory = /usr/sbin
        daemon_directory = /usr/lib/postfix/sbin
        inet_interfaces = 127.0.0.1
        inet_protocols = ipv4
        myhostname = mail.example.org
        mydestination = example.org
        mynetworks = 127.0.0.0/8
        local_recipient_maps = inline:{ada@example.org=x}
        local_transport = discard:
        alias_maps =
        smtpd_tls_security_level = encrypt
        smtpd_tls_cert_file = $D/certificate.pem
        smtpd_tls_key_file = $D/key.pem
        maillog_file = /dev/stdout
        END
        cat >"$D/c/master.cf" <<END
        127.0.0.1:$PORT inet n - n - - smtpd
        pickup unix n - n 60 1 pickup
        cleanup unix n - n - 0 cleanup
        qmgr unix n - n 300 1 qmgr
        tlsmgr unix - - n 300 1 tlsmgr
        rewrite unix - - n - - trivial-rewrite
        bounce unix - - n - 0 bounce
        defer unix - - n - 0 bounce
        trace unix - - n - 0 bounce
        proxymap unix - - n - - proxymap
        error unix - - n - - error
        retry unix - - n - - error
        discard unix - - n - - discard
        anvil unix - - n - 1 anvil
        postlog unix-dgram n - n - 1 postlogd
        END
        """#
}
