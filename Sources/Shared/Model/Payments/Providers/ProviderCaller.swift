import HTTP
import JSON
import Runtime

/// Asks a provider, and says in our words what came of it.
struct ProviderCaller: Sendable {
    let http: HTTPClient
    let provider: ProviderName

    /// A person waits for some of these.
    private static let limits = HTTPLimits(
        connect: .seconds(3), idle: .seconds(8), total: .seconds(10), bodyBytes: 8 << 20)

    func json(_ request: HTTPRequest) async throws(ProviderError) -> JSONValue {
        let answer = try await bytes(request)
        guard let json = try? JSONCoder.decode(JSONValue.self, from: answer) else {
            throw .unreadable("an answer that is no JSON")
        }
        return json
    }

    func bytes(_ request: HTTPRequest) async throws(ProviderError) -> [UInt8] {
        var request = request
        request.limits = Self.limits
        request.provider = provider.rawValue
        let answer: HTTPAnswer
        do throws(HTTPClientError) { answer = try await http.send(request) } catch {
            throw Self.reading(error)
        }
        guard answer.isSuccess else { throw Self.reading(answer, isReading: request.method == .get) }
        return answer.body
    }

    private static func reading(_ error: HTTPClientError) -> ProviderError {
        switch error {
        case .dns, .connection, .tls, .timeout(.connect): .busy("it cannot be reached", after: nil)
        case .invalidRequest(let what): .refused(what)
        default: .unknown("no answer: \(error)")
        }
    }

    /// What has failed over there may have happened all the same, unless it was only a question.
    private static func reading(_ answer: HTTPAnswer, isReading: Bool) -> ProviderError {
        let delay = answer.headers["Retry-After"].flatMap { Int($0) }.map { Duration.seconds(min(max($0, 1), 3600)) }
        let words = message(in: answer.body)
        switch answer.status {
        case 404: return .absent
        case 408, 409, 425, 429: return .busy("\(answer.status) \(words)", after: delay)
        case 500...:
            return isReading ? .busy("\(answer.status) \(words)", after: delay) : .unknown("\(answer.status) \(words)")
        default: return .refused("\(answer.status) \(words)")
        }
    }

    /// As far as it says something for people.
    private static func message(in body: [UInt8]) -> String {
        guard let json = try? JSONCoder.decode(JSONValue.self, from: body) else { return "" }
        let error = json["error"]
        let text = error?["description"] ?? error?["message"] ?? json["message"] ?? json["code"]
        return String((text?.string ?? "").prefix(200))
    }
}

extension HTTPRequest {
    /// A form.
    static func form(_ url: String, _ fields: FormFields, _ headers: HTTPHeaders) -> HTTPRequest {
        var headers = headers
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        return HTTPRequest(.post, url, headers: headers, body: .bytes(Array(fields.text.utf8)))
    }

    /// A JSON body, written once: what is signed is what is sent.
    static func json(
        _ url: String, _ body: JSONValue, _ headers: HTTPHeaders, by method: HTTPMethod = .post
    ) -> HTTPRequest {
        var headers = headers
        headers["Content-Type"] = "application/json"
        return HTTPRequest(method, url, headers: headers, body: .bytes((try? JSONCoder.encode(body)) ?? []))
    }
}

extension JSONValue {
    /// A number, or a text that is one.
    var wholeNumber: Int64? { number?.integer() ?? string.flatMap { Int64($0) } }

    var elements: [JSONValue] {
        guard case .array(let elements) = self else { return [] }
        return elements
    }

    /// What has a text and is not empty.
    var filled: String? { string.flatMap { $0.isEmpty ? nil : $0 } }
}
