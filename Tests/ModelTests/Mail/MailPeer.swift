import HTTP
import JSON
import Postgres
import Queue
import Runtime
import TestSupport
import Testing

@testable import Model

/// A mail server of a test's own.
final class MailPeer: Sendable {
    private let process: TestProcess
    private let folder: ScratchFolder
    private let port: Int

    init() async throws {
        folder = try ScratchFolder("mail-peer")
        let (certificate, key) = (folder.file("certificate.pem"), folder.file("key.pem"))
        try await TestProcess.run(
            "openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                "-subj", "/CN=peer", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate,
            ])
        process = try TestProcess(Peers.python, ["\(Peers.folder)/mail_peer.py", certificate, key])
        port = try #require(
            Int(try await process.waitForLine(containing: "listening").split(separator: " ").last ?? ""))
    }

    func variables(_ more: [String: String] = [:]) -> [String: String] {
        [
            "SMTP_HOST": "127.0.0.1", "SMTP_PORT": "\(port)", "SMTP_USER": "chat", "SMTP_PASSWORD": "secret",
            "SMTP_CA_FILE": folder.file("certificate.pem"), "SMTP_FROM": "Größe & Söhne <no-reply@example.org>",
        ].merging(more) { $1 }
    }

    func office(
        _ more: [String: String] = [:], on database: Database,
        patience: ProviderBreaker.Patience = ProviderBreaker.Patience()
    ) throws -> MailOffice {
        var reader = ConfigReader(variables(more))
        let config = MailServerConfig(from: &reader)
        try reader.finish()
        return MailOffice(
            config, database: database, patience: patience, metrics: MetricsRegistry(), log: .silent)
    }

    /// What was taken, once it is so many.
    func mails(_ count: Int) async throws -> [JSONValue] {
        try await eventuallySome("\(count) mails") {
            let found = process.lines.filter { $0.hasPrefix("{") }
            return found.count >= count ? found : nil
        }.map { try JSONCoder.decode(JSONValue.self, from: Array($0.utf8)) }
    }
}
