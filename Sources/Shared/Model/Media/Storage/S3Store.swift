import Crypto
import Glibc
import HTTP
import Runtime

/// Files on a server that speaks S3: MinIO, or Amazon's.
package struct S3Store: FileStore {
    /// Where the server is, and as whom we speak to it.
    package struct Place: Sendable {
        package let host: String
        package let port: Int?
        package let isEncrypted: Bool
        package let bucket: String
        package let signer: SigV4

        package init(host: String, port: Int?, isEncrypted: Bool, bucket: String, signer: SigV4) {
            self.host = host
            self.port = port
            self.isEncrypted = isEncrypted
            self.bucket = bucket
            self.signer = signer
        }

        fileprivate var authority: String {
            guard let port, port != (isEncrypted ? 443 : 80) else { return host }
            return "\(host):\(port)"
        }

        fileprivate var address: String { "\(isEncrypted ? "https" : "http")://\(authority)" }
        fileprivate func path(of name: StoredName) -> String {
            "/\(PercentEncoding.text(bucket))/\(PercentEncoding.text("\(name)", keepingSlashes: true))"
        }
    }

    /// The server said no, or nothing that helps.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    private static let emptyHash = Hex.encode(Hash.sha256(""))
    /// So much of a file is fetched at once for who reads it.
    private static let piece = 1 << 20
    private static let linkLifetime: Duration = .minutes(5)
    private static let attempts = 4

    private let place: Place
    private let http: HTTPClient
    private let threads: ThreadPool

    package init(_ place: Place, http: HTTPClient, threads: ThreadPool) {
        self.place = place
        self.http = http
        self.threads = threads
    }

    /// Its hash is signed, so what arrives is what was sent.
    package func put(_ path: String, as name: StoredName) async throws {
        let file = try await threads.run { try MadeFile(path) }
        let answer = try await send(
            "PUT", .put, name, hash: Hex.encode(file.digest), body: .file(path: path), limit: .minutes(15))
        guard answer.isSuccess else { throw failure(answer, "store", name) }
    }

    package func fetch(_ name: StoredName, to path: String) async throws {
        var request = request("GET", .get, name, hash: Self.emptyHash, range: nil, body: .none)
        request.limits = HTTPLimits(total: .minutes(15), bodyBytes: .max)
        let answer = try await http.download(request, to: path)
        if answer.status == 404 { throw NotStored(name: name) }
        guard answer.isSuccess else { throw failure(answer, "fetch", name) }
    }

    package func remove(_ name: StoredName) async throws {
        let answer = try await send("DELETE", .delete, name, hash: Self.emptyHash)
        guard answer.isSuccess || answer.status == 404 else { throw failure(answer, "remove", name) }
    }

    /// Fetched piece by piece, each as far as the client reads.
    package func body(of name: StoredName, bytes: Int) -> Response.Body {
        let store = self
        return .parts(count: bytes) { range, writer in
            var start = range.lowerBound
            while start < range.upperBound {
                let end = min(start + Self.piece, range.upperBound)
                try await writer.write(try await store.read(start..<end, of: name))
                start = end
            }
        }
    }

    package func link(to name: StoredName, _ presentation: Presentation, at now: Timestamp) -> String? {
        let request = SigV4.Request(
            "GET", place.path(of: name),
            query: [
                ("response-content-type", presentation.contentType),
                ("response-content-disposition", presentation.disposition),
                ("response-cache-control", "private, no-cache"),
            ], headers: [("host", place.authority)], payloadHash: SigV4.unsigned)
        let query = place.signer.presigned(request, for: Self.linkLifetime, at: now)
        return "\(place.address)\(place.path(of: name))?\(query)"
    }

    package func shutDown() async { await http.shutDown() }

    // MARK: -

    private func read(_ range: Range<Int>, of name: StoredName) async throws -> [UInt8] {
        let answer = try await send("GET", .get, name, hash: Self.emptyHash, range: range)
        if answer.status == 404 { throw NotStored(name: name) }
        guard answer.status == 206 || answer.status == 200, answer.body.count == range.count else {
            throw failure(answer, "read", name)
        }
        return answer.body
    }

    /// Again after a while where the server is busy or away.
    private func send(
        _ verb: String, _ method: HTTPMethod, _ name: StoredName, hash: String, range: Range<Int>? = nil,
        body: HTTPRequest.Body = .none, limit: Duration = .minutes(1)
    ) async throws -> HTTPAnswer {
        var attempt = 1
        while true {
            var request = request(verb, method, name, hash: hash, range: range, body: body)
            request.limits = HTTPLimits(total: limit)
            do {
                let answer = try await http.send(request)
                guard answer.status >= 500 || answer.status == 429, attempt < Self.attempts else { return answer }
            } catch let error where attempt >= Self.attempts || error == .cancelled || error == .shutDown {
                throw error
            } catch {}
            try await SystemClock().sleep(for: .milliseconds(100 << (2 * attempt)))
            attempt += 1
        }
    }

    private func request(
        _ verb: String, _ method: HTTPMethod, _ name: StoredName, hash: String, range: Range<Int>?,
        body: HTTPRequest.Body
    ) -> HTTPRequest {
        let now = Timestamp.now
        var signed: [(name: String, value: String)] = [
            ("host", place.authority), ("x-amz-content-sha256", hash), ("x-amz-date", SigV4.text(of: now)),
        ]
        if let range { signed.append(("range", "bytes=\(range.lowerBound)-\(range.upperBound - 1)")) }
        let authorization = place.signer.authorization(
            of: SigV4.Request(verb, place.path(of: name), headers: signed, payloadHash: hash), at: now)
        var headers: HTTPHeaders = ["Authorization": authorization]
        // The client says the host itself.
        for header in signed where header.name != "host" { headers.add(header.name, header.value) }
        return HTTPRequest(method, place.address + place.path(of: name), headers: headers, body: body)
    }

    private func failure(_ answer: HTTPAnswer, _ deed: String, _ name: StoredName) -> Failure {
        let said = String(decoding: answer.body.prefix(300), as: UTF8.self)
        return Failure(description: "storage does not \(deed) \(name): \(answer.status) \(said)")
    }
}
