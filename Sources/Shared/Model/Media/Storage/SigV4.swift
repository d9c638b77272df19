import Crypto
import Runtime

/// Signs requests as S3 wants it: AWS Signature Version 4, with the rules that are S3's own. The path is encoded once and kept as
/// it is; names and values of the query are encoded, and sorted by name, then by value.
package struct SigV4: Sendable {
    package let accessKey: String
    let secretKey: Secret
    package let region: String
    let service: String

    /// What stands for a body that nobody has hashed.
    package static let unsigned = "UNSIGNED-PAYLOAD"
    private static let algorithm = "AWS4-HMAC-SHA256"

    package init(accessKey: String, secretKey: Secret, region: String, service: String = "s3") {
        self.accessKey = accessKey
        self.secretKey = secretKey
        self.region = region
        self.service = service
    }

    /// A request as it is signed. `path` is encoded already; names of headers are in lower case.
    package struct Request: Sendable {
        let method: String
        let path: String
        var query: [(name: String, value: String)]
        var headers: [(name: String, value: String)]
        let payloadHash: String

        package init(
            _ method: String, _ path: String, query: [(name: String, value: String)] = [],
            headers: [(name: String, value: String)], payloadHash: String
        ) {
            self.method = method
            self.path = path
            self.query = query
            self.headers = headers
            self.payloadHash = payloadHash
        }
    }

    /// The value of `Authorization`. The headers hold `x-amz-date` of that time.
    package func authorization(of request: Request, at time: Timestamp) -> String {
        let signature = signature(of: request, at: time)
        return "\(Self.algorithm) Credential=\(accessKey)/\(scope(at: time)), "
            + "SignedHeaders=\(request.signedHeaders), Signature=\(signature)"
    }

    /// The query of a link that is good for so long, for whoever has it.
    package func presigned(_ request: Request, for lifetime: Duration, at time: Timestamp) -> String {
        var request = request
        request.query += [
            ("X-Amz-Algorithm", Self.algorithm), ("X-Amz-Credential", "\(accessKey)/\(scope(at: time))"),
            ("X-Amz-Date", Self.text(of: time)), ("X-Amz-Expires", "\(lifetime.components.seconds)"),
            ("X-Amz-SignedHeaders", request.signedHeaders),
        ]
        return "\(request.canonicalQuery)&X-Amz-Signature=\(signature(of: request, at: time))"
    }

    func signature(of request: Request, at time: Timestamp) -> String {
        let text = [
            Self.algorithm, Self.text(of: time), scope(at: time), Hex.encode(Hash.sha256(request.canonical)),
        ].joined(separator: "\n")
        var key = Array("AWS4\(secretKey.exposed)".utf8)
        for part in [Self.day(of: time), region, service, "aws4_request"] {
            key = HMAC.authenticate(part, with: .sha256, key: key)
        }
        return Hex.encode(HMAC.authenticate(text, with: .sha256, key: key))
    }

    private func scope(at time: Timestamp) -> String { "\(Self.day(of: time))/\(region)/\(service)/aws4_request" }

    /// `20130524T000000Z`
    package static func text(of time: Timestamp) -> String {
        String(time.rfc3339.prefix(19).filter { $0 != "-" && $0 != ":" }) + "Z"
    }

    private static func day(of time: Timestamp) -> String { String(text(of: time).prefix(8)) }
}

extension SigV4.Request {
    private var sorted: [(name: String, value: String)] { headers.sorted { $0.name < $1.name } }

    var signedHeaders: String { sorted.map(\.name).joined(separator: ";") }

    var canonicalQuery: String {
        query.map { (PercentEncoding.text($0.name), PercentEncoding.text($0.value)) }
            .sorted { $0.0 == $1.0 ? $0.1 < $1.1 : $0.0 < $1.0 }
            .map { "\($0.0)=\($0.1)" }.joined(separator: "&")
    }

    /// Blanks at the ends of values go, those within become one.
    var canonical: String {
        let lines = sorted.map { header in
            "\(header.name):\(header.value.split(separator: " ").joined(separator: " "))\n"
        }
        return [method, path, canonicalQuery, lines.joined(), signedHeaders, payloadHash].joined(separator: "\n")
    }
}
