import HTTP
import Runtime
import TestSupport
import Testing

/// A server of Tests/HTTPTests/Peers on a port of its own.
struct HTTPPeer {
    let process: TestProcess
    let port: Int
    let address: String
    private let scheme: String

    init(_ address: String = "127.0.0.1", certificate: Certificate? = nil) async throws {
        let files = certificate.map { [$0.file, $0.keyFile] } ?? []
        process = try TestProcess("python3", ["\(Peers.folder)/http_peer.py", address] + files)
        port = try await Peers.port(of: process)
        self.address = address
        scheme = certificate == nil ? "http" : "https"
    }

    func url(_ path: String) -> String { "\(scheme)://\(address):\(port)\(path)" }

    /// Whether a number that the server counts has reached `count`.
    func has(_ name: String, _ count: Int, asking client: HTTPClient) async throws -> Bool {
        let answer = try await client.send(HTTPRequest(.get, url("/\(name)")))
        return (Int(String(decoding: answer.body, as: UTF8.self)) ?? 0) >= count
    }
}

enum Peers {
    static let folder = "\(Repository.root)/Tests/HTTPTests/Peers"

    static func port(of process: TestProcess) async throws -> Int {
        let line = try await process.waitForLine(containing: "listening")
        return try #require(Int(line.split(separator: " ").last ?? ""))
    }
}

/// A certificate for 127.0.0.1 and localhost that only those trust who are told to.
struct Certificate {
    let folder: ScratchFolder
    var file: String { folder.file("certificate.pem") }
    var keyFile: String { folder.file("key.pem") }

    init(names: String = "IP:127.0.0.1,DNS:localhost") async throws {
        folder = try ScratchFolder("certificate")
        try await TestProcess.run(
            "openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                "-subj", "/CN=peer", "-addext", "subjectAltName=\(names)", "-keyout", folder.file("key.pem"), "-out",
                folder.file("certificate.pem"),
            ])
    }
}

func text(_ answer: HTTPAnswer) -> String { String(decoding: answer.body, as: UTF8.self) }
