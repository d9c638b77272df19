import Crypto
import HTTP
import JSON
import Runtime

/// Firebase Cloud Messaging, HTTP v1: https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages
final class FCM: PushProvider {
    private let account: FCMAccount
    private let base: String
    private let http: HTTPClient
    private let token: SharedToken

    init(_ account: FCMAccount, base: String, http: HTTPClient, meters: TokenMeters? = nil) {
        self.account = account
        self.base = base
        self.http = http
        token = SharedToken(meters) { try await account.fetchToken(over: http) }
    }

    func send(_ pushes: [Push]) async -> [PushVerdict] { await each(pushes) { await self.send($0) } }

    func shutDown() async { await http.shutDown() }

    private func send(_ push: Push) async -> PushVerdict {
        guard let body = try? JSONCoder.encode(FCMMessage(push: push)) else { return .refused("cannot be written") }
        do {
            var answer = HTTPAnswerOfProvider.none
            // A token that Google has withdrawn is replaced once.
            for _ in 0..<2 {
                let text = try await token.text()
                answer = try await post(body, text)
                guard answer.status == 401, answer.fcmError == "UNAUTHENTICATED" else { break }
                token.discard(text)
            }
            return answer.fcmVerdict
        } catch let error as TokenRefused {
            return .locked(error.reason)
        } catch {
            return .down("\(error)", after: nil)
        }
    }

    private func post(_ body: [UInt8], _ token: String) async throws -> HTTPAnswerOfProvider {
        HTTPAnswerOfProvider(
            try await http.send(
                HTTPRequest(
                    .post, "\(base)/v1/projects/\(account.project)/messages:send",
                    headers: ["Authorization": "Bearer \(token)", "Content-Type": "application/json"],
                    body: .bytes(body))))
    }
}

extension HTTPAnswerOfProvider {
    /// The code in the details counts for more than the status.
    fileprivate var fcmError: String? {
        let error = json["error"]
        if case .array(let details)? = error?["details"] {
            for detail in details { if let code = detail["errorCode"]?.string { return code } }
        }
        return error?["status"]?.string
    }

    private var isAboutFields: Bool {
        guard case .array(let details)? = json["error"]?["details"] else { return false }
        return details.contains { $0["fieldViolations"] != nil }
    }

    fileprivate var fcmVerdict: PushVerdict {
        if (200..<300).contains(status) { return .delivered }
        let reason = "\(status) \(fcmError ?? "")"
        switch fcmError {
        case "UNREGISTERED", "SENDER_ID_MISMATCH": return .gone
        // Of a payload that is good for others it is the token. Where fields are named, it is our mistake.
        case "INVALID_ARGUMENT": return isAboutFields ? .refused(reason) : .gone
        case "THIRD_PARTY_AUTH_ERROR", "APNS_AUTH_ERROR", "UNAUTHENTICATED", "PERMISSION_DENIED": return .locked(reason)
        case "QUOTA_EXCEEDED": return .down(reason, after: retryAfter ?? .seconds(60))
        case "UNAVAILABLE", "INTERNAL": return .down(reason, after: retryAfter)
        default: break
        }
        switch status {
        case 401, 403: return .locked(reason)
        case 404: return .gone
        case 429, 500...: return .down(reason, after: retryAfter)
        default: return .refused(reason)
        }
    }
}

/// A message as FCM wants it.
private struct FCMMessage: JSONWritable {
    let push: Push

    func write(json: inout JSONWriter) {
        json.object { json in
            json.key("message")
            json.object { json in
                json.member("token", push.address.token)
                json.key("notification")
                json.object { json in
                    json.member("title", push.title)
                    json.member("body", push.body)
                }
                json.key("data")
                json.object { json in for fact in push.facts { json.member(fact.name, fact.value) } }
                writeAndroid(&json)
                writeApple(&json)
            }
        }
    }

    private func writeAndroid(_ json: inout JSONWriter) {
        json.key("android")
        json.object { json in
            json.member("collapse_key", push.conversation)
            json.member("priority", push.isUrgent ? "HIGH" : "NORMAL")
            json.member("ttl", "\(Push.lifetime.components.seconds)s")
            json.key("notification")
            json.object { json in
                json.member("tag", push.conversation)
                json.member("notification_count", push.badge)
                if push.hasSound { json.member("sound", "default") }
            }
        }
    }

    private func writeApple(_ json: inout JSONWriter) {
        json.key("apns")
        json.object { json in
            json.key("headers")
            json.object { json in
                json.member("apns-collapse-id", push.conversation)
                json.member("apns-priority", push.isUrgent ? "10" : "5")
            }
            json.key("payload")
            json.object { json in
                json.key("aps")
                json.object { json in
                    json.member("badge", push.badge)
                    json.member("thread-id", push.conversation)
                    if push.hasSound { json.member("sound", "default") }
                }
            }
        }
    }
}
