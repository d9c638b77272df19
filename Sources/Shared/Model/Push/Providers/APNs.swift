import Crypto
import HTTP
import JSON
import Runtime

/// Apple's push service over HTTP/2: https://developer.apple.com/documentation/usernotifications
final class APNs: PushProvider {
    private let account: APNsAccount
    private let http: HTTPClient
    private let token: SharedToken

    init(_ account: APNsAccount, http: HTTPClient, meters: TokenMeters? = nil) {
        self.account = account
        self.http = http
        // Newer than twenty minutes is refused, older than an hour too.
        token = SharedToken(meters) {
            SharedToken.Fetched(text: account.sign(at: .now), usableUntil: .now + .minutes(50))
        }
    }

    func send(_ pushes: [Push]) async -> [PushVerdict] { await each(pushes) { await self.send($0) } }

    func shutDown() async { await http.shutDown() }

    private func send(_ push: Push) async -> PushVerdict {
        guard let body = try? JSONCoder.encode(APNsPayload(push: push)) else { return .refused("cannot be written") }
        do {
            var answer = HTTPAnswerOfProvider.none
            for _ in 0..<2 {
                let text = try await token.text()
                answer = HTTPAnswerOfProvider(try await http.send(request(push, body, text)))
                guard answer.status == 403, answer.reason == "ExpiredProviderToken" else { break }
                token.discard(text)
            }
            return answer.apnsVerdict(registeredAt: push.registeredAt)
        } catch {
            return .down("\(error)", after: nil)
        }
    }

    private func request(_ push: Push, _ body: [UInt8], _ token: String) -> HTTPRequest {
        let base = push.isSandbox ? account.sandboxBase : account.base
        return HTTPRequest(
            .post, "\(base)/3/device/\(push.address.token)",
            headers: [
                "authorization": "bearer \(token)", "content-type": "application/json", "apns-topic": account.topic,
                "apns-push-type": "alert", "apns-id": push.id.description, "apns-priority": push.isUrgent ? "10" : "5",
                "apns-collapse-id": push.conversation.description,
                "apns-expiration": "\((Timestamp.now + Push.lifetime).seconds)",
            ], body: .bytes(body))
    }
}

/// Who we are to Apple.
package struct APNsAccount: Sendable {
    let topic: String
    let base: String
    let sandboxBase: String
    private let team: String
    private let key: TokenSigningKey

    /// Nil unless the key is one of P-256 in PEM, as Apple gives it out.
    init?(pem: String, keyID: String, team: String, topic: String, base: String, sandboxBase: String) {
        guard let key = try? PrivateKey(pem: pem.replacing("\\n", with: "\n")), key.kind == .p256 else { return nil }
        self.key = TokenSigningKey(key, id: keyID)
        self.team = team
        self.topic = topic
        self.base = base
        self.sandboxBase = sandboxBase
    }

    func sign(at now: Timestamp) -> String { key.sign("{\"iss\":\"\(team)\",\"iat\":\(now.seconds)}") }
}

extension HTTPAnswerOfProvider {
    fileprivate var reason: String { json["reason"]?.string ?? "" }

    fileprivate func apnsVerdict(registeredAt: Timestamp) -> PushVerdict {
        if status == 200 { return .delivered }
        let text = "\(status) \(reason)"
        switch reason {
        case "BadDeviceToken", "DeviceTokenNotForTopic": return .gone
        case "Unregistered", "ExpiredToken":
            // The application may have named it again since.
            guard let milliseconds = json["timestamp"]?.integer else { return .gone }
            return registeredAt.milliseconds > Int64(milliseconds) ? .tooMany(after: .minutes(1)) : .gone
        case "ExpiredProviderToken", "InvalidProviderToken", "MissingProviderToken", "BadCertificate",
            "BadCertificateEnvironment", "Forbidden", "UnrelatedKeyIdInToken", "BadEnvironmentKeyIdInToken",
            "TopicDisallowed", "MissingTopic", "BadTopic", "InvalidPushType":
            return .locked(text)
        case "TooManyRequests": return .tooMany(after: retryAfter)
        case "TooManyProviderTokenUpdates": return .down(text, after: retryAfter ?? .minutes(1))
        default: break
        }
        switch status {
        case 410: return .gone
        case 403: return .locked(text)
        case 429: return .tooMany(after: retryAfter)
        case 500...: return .down(text, after: retryAfter)
        default: return .refused(text)
        }
    }
}

/// A message as Apple wants it.
private struct APNsPayload: JSONWritable {
    let push: Push

    func write(json: inout JSONWriter) {
        json.object { json in
            json.key("aps")
            json.object { json in
                json.key("alert")
                json.object { json in
                    json.member("title", push.title)
                    json.member("body", push.body)
                }
                json.member("badge", push.badge)
                json.member("thread-id", push.conversation)
                json.member("mutable-content", 1)
                if push.hasSound { json.member("sound", "default") }
            }
            for fact in push.facts { json.member(fact.name, fact.value) }
        }
    }
}
