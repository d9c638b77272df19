import Crypto
import HTTP
import JSON
import Runtime

/// OneSignal: https://documentation.onesignal.com/reference/push-notification
final class OneSignal: PushProvider {
    /// Subscriptions that one call may name.
    private static let most = 2000

    private let app: String
    private let key: Secret
    private let base: String
    private let http: HTTPClient

    init(app: String, key: Secret, base: String, http: HTTPClient) {
        self.app = app
        self.key = key
        self.base = base
        self.http = http
    }

    /// Those that say the same go together.
    func send(_ pushes: [Push]) async -> [PushVerdict] {
        var verdicts = [PushVerdict](repeating: .down("nothing was sent", after: nil), count: pushes.count)
        let groups = Dictionary(grouping: pushes.indices) { Said(pushes[$0]) }
        for places in groups.values {
            for start in stride(from: 0, to: places.count, by: Self.most) {
                let part = Array(places[start..<min(start + Self.most, places.count)])
                for (place, verdict) in zip(part, await send(alike: part.map { pushes[$0] })) {
                    verdicts[place] = verdict
                }
            }
        }
        return verdicts
    }

    func shutDown() async { await http.shutDown() }

    private func send(alike pushes: [Push]) async -> [PushVerdict] {
        guard let first = pushes.first,
            let body = try? JSONCoder.encode(OneSignalMessage(app: app, push: first, pushes: pushes))
        else { return pushes.map { _ in .refused("cannot be written") } }
        do {
            let answer = HTTPAnswerOfProvider(
                try await http.send(
                    HTTPRequest(
                        .post, base + "/notifications",
                        headers: ["Authorization": "Key \(key.exposed)", "Content-Type": "application/json"],
                        body: .bytes(body))))
            return answer.verdicts(for: pushes.map(\.address.token))
        } catch {
            return pushes.map { _ in .down("\(error)", after: nil) }
        }
    }

    /// What is the same for all that one call tells.
    private struct Said: Hashable {
        let title: String
        let body: String
        let conversation: ID<Conversation>
        let seq: Int64
        let badge: Int
        let isUrgent: Bool
        let hasSound: Bool

        init(_ push: Push) {
            title = push.title
            body = push.body
            conversation = push.conversation
            seq = push.seq
            badge = push.badge
            isUrgent = push.isUrgent
            hasSound = push.hasSound
        }
    }
}

extension HTTPAnswerOfProvider {
    /// 200 without an id means that nothing was sent; with one, those it names were not reached.
    fileprivate func verdicts(for tokens: [String]) -> [PushVerdict] {
        let reason = "\(status) \((try? JSONCoder.text(json["errors"] ?? .null)) ?? "")"
        switch status {
        case 200..<300:
            let missing = Set(unknown)
            if json["id"]?.string?.isEmpty == false { return tokens.map { missing.contains($0) ? .gone : .delivered } }
            if !missing.isEmpty { return tokens.map { missing.contains($0) ? .gone : .refused(reason) } }
            // "All included players are not subscribed": nobody is there.
            return tokens.map { _ in .gone }
        case 401, 403, 404: return tokens.map { _ in .locked(reason) }
        case 429, 500...: return tokens.map { _ in .down(reason, after: retryAfter) }
        default: return tokens.map { _ in .refused(reason) }
        }
    }

    private var unknown: [String] {
        ["invalid_subscription_ids", "invalid_player_ids"].flatMap { name -> [String] in
            guard case .array(let ids)? = json["errors"]?[name] else { return [] }
            return ids.compactMap(\.string)
        }
    }
}

/// A message as OneSignal wants it.
private struct OneSignalMessage: JSONWritable {
    let app: String
    let push: Push
    let pushes: [Push]

    /// The same pushes together have the same key, so that a repetition is none there.
    private var idempotencyKey: UUID {
        let names = pushes.map(\.id.description).sorted().joined()
        return Hash.sha256(names)[..<16].withUnsafeBytes { UUID(bytes: $0) }
    }

    func write(json: inout JSONWriter) {
        json.object { json in
            json.member("app_id", app)
            json.member("target_channel", "push")
            json.member("include_subscription_ids", pushes.map(\.address.token))
            json.member("idempotency_key", idempotencyKey)
            json.member("collapse_id", push.conversation)
            json.member("priority", push.isUrgent ? 10 : 5)
            json.member("ttl", Int(Push.lifetime.components.seconds))
            json.member("ios_badgeType", "SetTo")
            json.member("ios_badgeCount", push.badge)
            if !push.hasSound { json.member("ios_sound", "nil") }
            // English is asked for, and shown where there is no other: each is told in their own language.
            json.key("headings")
            json.object { $0.member("en", push.title) }
            json.key("contents")
            json.object { $0.member("en", push.body) }
            json.key("data")
            json.object { json in for fact in push.facts { json.member(fact.name, fact.value) } }
        }
    }
}
