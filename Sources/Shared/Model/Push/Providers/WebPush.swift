import Crypto
import HTTP
import JSON
import Runtime
import Synchronization

/// Push services of browsers: RFC 8030, with who we are after RFC 8292.
final class WebPush: PushProvider {
    /// A signature is good for a day; ours are used for half of it.
    private static let signatureLife = Duration.hours(12)
    private static let most = 1000

    private struct Signature {
        let header: String
        let usableUntil: MonotonicTime
    }

    private let vapid: VAPIDKey
    private let http: HTTPClient
    /// For each push service.
    private let signatures = Mutex<[String: Signature]>([:])

    init(_ vapid: VAPIDKey, http: HTTPClient) {
        self.vapid = vapid
        self.http = http
    }

    func send(_ pushes: [Push]) async -> [PushVerdict] { await each(pushes) { await self.send($0) } }

    func shutDown() async { await http.shutDown() }

    private func send(_ push: Push) async -> PushVerdict {
        guard let url = HTTPURL(push.address.token), let keys = push.address.keys else { return .gone }
        do {
            let text = try JSONCoder.encode(WebPushContent(push: push))
            guard text.count <= WebPushMessage.longest else { return .refused("longer than push services take") }
            let answer = try await http.send(
                HTTPRequest(
                    .post, push.address.token,
                    headers: [
                        "Authorization": signature(for: url), "TTL": "\(Push.lifetime.components.seconds)",
                        "Urgency": push.isUrgent ? "high" : "normal", "Topic": push.topic,
                        "Content-Encoding": "aes128gcm", "Content-Type": "application/octet-stream",
                    ], body: .bytes(try WebPushMessage.seal(text, for: keys))))
            return HTTPAnswerOfProvider(answer).webPushVerdict
        } catch let error as HTTPClientError {
            switch error {
            case .refusedAddress, .invalidRequest: return .gone
            // Each browser has its push service: that one does not answer says nothing of the others.
            default: return .tooMany(after: nil)
            }
        } catch {
            return .refused("cannot be sealed")
        }
    }

    private func signature(for url: HTTPURL) -> String {
        let origin = url.asOrigin
        return signatures.withLock { signatures in
            if let known = signatures[origin], known.usableUntil > .now { return known.header }
            if signatures.count >= Self.most { signatures = [:] }
            let end = (Timestamp.now + Self.signatureLife * 2).seconds - 60
            let claims = "{\"aud\":\"\(origin)\",\"exp\":\(end),\"sub\":\"\(vapid.subject)\"}"
            let header = "vapid t=\(TokenSigningKey(vapid.key).sign(claims)), k=\(vapid.publicPoint)"
            signatures[origin] = Signature(header: header, usableUntil: .now + Self.signatureLife)
            return header
        }
    }
}

extension HTTPURL {
    /// As RFC 6454 writes it: the usual port is left out.
    fileprivate var asOrigin: String {
        let scheme = isEncrypted ? "https" : "http"
        let name = host.contains(":") ? "[\(host)]" : host
        return port == (isEncrypted ? 443 : 80) ? "\(scheme)://\(name)" : "\(scheme)://\(name):\(port)"
    }
}

extension Push {
    /// 32 signs at most, so the conversation's name is shortened.
    fileprivate var topic: String { Base64URL.encode(conversation.uuid.byteArray) }
}

extension HTTPAnswerOfProvider {
    fileprivate var webPushVerdict: PushVerdict {
        switch status {
        case 200..<300: .delivered
        case 404, 410: .gone
        // Another key than the one that the browser subscribed with: it has to subscribe anew.
        case 401, 403: .gone
        case 413: .refused("413")
        case 429, 500...: .tooMany(after: retryAfter)
        default: .refused("\(status)")
        }
    }
}

/// What a service worker gets.
private struct WebPushContent: JSONWritable {
    let push: Push

    func write(json: inout JSONWriter) {
        json.object { json in
            json.member("title", push.title)
            json.member("body", push.body)
            json.member("tag", push.conversation)
            json.member("silent", !push.hasSound)
            for fact in push.facts { json.member(fact.name, fact.value) }
        }
    }
}
