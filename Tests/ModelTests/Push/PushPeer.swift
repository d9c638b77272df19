import Crypto
import HTTP
import JSON
import Runtime
import TestSupport
import Testing

@testable import Model

/// The push services, in one process for all tests; each test has a place of its own there.
final class PushPeer: Sendable {
    let base: String
    let origin: String
    private let certificate: String
    private let http: HTTPClient
    /// What a browser has.
    let browser = Keys.pair(.p256)
    let browserSecret = SecureRandom.bytes(16)

    /// Keys of the test, made once: RSA takes its time.
    enum Keys {
        static let google = pair(.rsa)
        static let apple = pair(.p256)

        static func pair(_ kind: KeyKind) -> PrivateKey {
            guard let key = try? PrivateKey(generating: kind) else { preconditionFailure("OpenSSL makes keys") }
            return key
        }
    }

    init() async throws {
        let (port, folder) = try await Shared.shared.start()
        origin = "https://127.0.0.1:\(port)"
        base = "\(origin)/\(UUID.v7())"
        certificate = folder.file("certificate.pem")
        var options = HTTPClient.Options()
        options.trustedCertificates = certificate
        http = HTTPClient(on: World.loops, options)
        try await set([
            "fcmKey": .string(Keys.google.publicKey.pem), "fcmAudience": .string("\(base)/token"),
            "apnsKey": .string(Keys.apple.publicKey.pem), "browserKey": .string(browser.pem),
            "browserSecret": .string(Base64URL.encode(browserSecret)), "origin": .string(origin),
        ])
    }

    private actor Shared {
        static let shared = Shared()
        private var started: Task<(TestProcess, Int, ScratchFolder), any Error>?

        func start() async throws -> (Int, ScratchFolder) {
            let task =
                started
                ?? Task {
                    let folder = try ScratchFolder("push-peer")
                    let (certificate, key) = (folder.file("certificate.pem"), folder.file("key.pem"))
                    try await TestProcess.run(
                        "openssl",
                        [
                            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                            "-days",
                            "2", "-subj", "/CN=peer", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out",
                            certificate,
                        ])
                    let process = try TestProcess(Peers.python, ["\(Peers.folder)/push_peer.py", certificate, key])
                    let line = try await process.waitForLine(containing: "listening")
                    return (process, try #require(Int(line.split(separator: " ").last ?? "")), folder)
                }
            started = task
            let (_, port, folder) = try await task.value
            return (port, folder)
        }
    }

    /// What makes it the place of all providers.
    func variables(_ more: [String: String] = [:]) throws -> [String: String] {
        let account: JSONValue = [
            "project_id": "project-1", "client_email": "push@project.example", "private_key_id": "key-1",
            "private_key": .string(Keys.google.pem), "token_uri": .string("\(base)/token"),
        ]
        return [
            "FCM_SERVICE_ACCOUNT": try JSONCoder.text(account), "FCM_BASE_URL": base, "APNS_BASE_URL": base,
            "APNS_SANDBOX_URL": base + "-sandbox", "APNS_KEY": Keys.apple.pem, "APNS_KEY_ID": "KEYID12345",
            "APNS_TEAM_ID": "TEAM123456", "APNS_TOPIC": "org.example.chat", "ONESIGNAL_APP_ID": "app-1",
            "ONESIGNAL_API_KEY": "signal-key", "ONESIGNAL_BASE_URL": base, "PUSH_CA_FILE": certificate,
            "WEBPUSH_PRIVATE_RANGES": "127.0.0.0/8", "VAPID_SUBJECT": "mailto:ops@example.org",
        ].merging(more) { $1 }
    }

    func set(_ settings: JSONValue) async throws {
        let answer = try await http.send(HTTPRequest(.put, base, body: .bytes(try JSONCoder.encode(settings))))
        #expect(answer.status == 200)
    }

    func state() async throws -> JSONValue {
        try JSONCoder.decode(JSONValue.self, from: try await http.send(HTTPRequest(.get, base)).body)
    }

    /// What arrived: under which token, and what.
    func seen(_ kind: String? = nil) async throws -> [(token: String, message: JSONValue)] {
        guard case .array(let seen)? = try await state()["seen"] else { return [] }
        return seen.filter { kind == nil || $0["kind"]?.string == kind }.map {
            ($0["token"]?.string ?? "", $0["message"] ?? .null)
        }
    }

    func count(_ name: String) async throws -> Int? { try await state()[name]?.integer }
}
