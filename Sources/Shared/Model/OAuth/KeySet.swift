import Crypto
import JSON
import Runtime

/// A provider's public keys (RFC 7517), as far as we take any: RSA and P-256 that sign.
enum KeySet {
    static func keys(in document: JSONValue) -> [TokenVerifyingKey] {
        guard case .array(let entries)? = document["keys"] else { return [] }
        var seen: Set<String> = []
        return entries.compactMap { entry in
            guard entry["use"]?.string ?? "sig" == "sig", ["RS256", "ES256", nil].contains(entry["alg"]?.string),
                let jwk = jwk(entry), let key = try? PublicKey(jwk: jwk)
            else { return nil }
            let id = entry["kid"]?.string
            // Of two with one name, the first counts.
            if let id, !seen.insert(id).inserted { return nil }
            return TokenVerifyingKey(key, id: id)
        }
    }

    private static func jwk(_ entry: JSONValue) -> JWK? {
        switch (entry["kty"]?.string, entry["crv"]?.string) {
        case ("RSA", _):
            guard let n = entry["n"]?.string, let e = entry["e"]?.string else { return nil }
            return .rsa(n: n, e: e)
        case ("EC", "P-256"):
            guard let x = entry["x"]?.string, let y = entry["y"]?.string else { return nil }
            return .p256(x: x, y: y)
        default: return nil
        }
    }

    /// As long as `Cache-Control` allows, within a minute and a day; an hour where it says nothing.
    static func lifetime(_ cacheControl: String?) -> Duration {
        let words = (cacheControl ?? "").lowercased().split { $0 == "," || $0 == " " }
        guard !words.contains("no-store"), !words.contains("no-cache") else { return .minutes(1) }
        let age = words.first { $0.hasPrefix("max-age=") }.flatMap { Int($0.dropFirst("max-age=".count)) }
        return age.map { .seconds(min(max($0, 60), 86_400)) } ?? .hours(1)
    }
}
