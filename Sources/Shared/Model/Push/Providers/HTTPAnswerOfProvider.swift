import HTTP
import JSON
import Runtime

/// What a provider has answered, with what all of them have in common.
struct HTTPAnswerOfProvider: Sendable {
    let status: Int
    let json: JSONValue
    /// What `Retry-After` says, in seconds or as a date.
    let retryAfter: Duration?

    static let none = HTTPAnswerOfProvider(status: 0, json: .null, retryAfter: nil)

    private init(status: Int, json: JSONValue, retryAfter: Duration?) {
        self.status = status
        self.json = json
        self.retryAfter = retryAfter
    }

    init(_ answer: HTTPAnswer) {
        status = answer.status
        // Of a success nothing more is wanted, where the body may be anything.
        json = (try? JSONCoder.decode(JSONValue.self, from: answer.body)) ?? .null
        retryAfter = answer.headers["Retry-After"].flatMap { Duration(retryAfter: $0, at: .now) }
    }
}

extension Duration {
    /// Never longer than a day, never less than a second.
    init?(retryAfter text: String, at now: Timestamp) {
        let span: Duration
        if let seconds = Int(text) {
            span = .seconds(max(0, min(seconds, 86_400)))
        } else if let date = HTTPDate.parse(text) {
            span = date - now
        } else {
            return nil
        }
        self = min(max(span, .seconds(1)), .days(1))
    }
}
