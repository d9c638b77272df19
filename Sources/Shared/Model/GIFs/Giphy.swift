import HTTP
import JSON
import Runtime

/// https://developers.giphy.com
struct Giphy: GIFProvider {
    let base: String
    let key: Secret
    let http: HTTPClient

    func search(_ words: String, page: Int, limit: Int) async throws -> [GIF] {
        let query: FormFields = [
            "api_key": key.exposed, "q": words, "limit": "\(limit)", "offset": "\(page * limit)", "rating": "pg-13",
        ]
        return Self.read(try await http.answer(from: "\(base)/v1/gifs/search?\(query.text)"))
    }

    /// What is not as it should be is left out.
    static func read(_ answer: JSONValue) -> [GIF] {
        guard case .array(let all)? = answer["data"] else { return [] }
        return all.compactMap { one in
            let picture = one["images"]?["fixed_width"]
            return GIF(
                provider: "giphy", id: one["id"]?.string, title: one["title"]?.string, url: picture?["url"]?.string,
                width: picture?["width"], height: picture?["height"])
        }
    }
}

/// https://docs.klipy.com
struct Klipy: GIFProvider {
    let base: String
    let key: Secret
    let http: HTTPClient

    func search(_ words: String, page: Int, limit: Int) async throws -> [GIF] {
        let query: FormFields = ["q": words, "page": "\(page + 1)", "per_page": "\(limit)", "content_filter": "medium"]
        return Self.read(
            try await http.answer(from: "\(base)/api/v1/\(key.exposed)/gifs/search?\(query.text)"))
    }

    static func read(_ answer: JSONValue) -> [GIF] {
        guard case .array(let all)? = answer["data"]?["data"] else { return [] }
        return all.compactMap { one in
            let picture = one["file"]?["sm"]?["gif"] ?? one["file"]?["md"]?["gif"]
            return GIF(
                provider: "klipy", id: one["slug"]?.string, title: one["title"]?.string, url: picture?["url"]?.string,
                width: picture?["width"], height: picture?["height"])
        }
    }
}

extension GIF {
    /// Nil where something is missing, or what is shown would not be fetched safely. Some providers write numbers as texts.
    fileprivate init?(
        provider: String, id: String?, title: String?, url: String?, width: JSONValue?, height: JSONValue?
    ) {
        guard let id, let url, url.hasPrefix("https://"),
            let width = width?.integer ?? width?.string.flatMap({ Int($0) }),
            let height = height?.integer ?? height?.string.flatMap({ Int($0) }), width > 0, height > 0
        else { return nil }
        self.init(provider: provider, id: id, title: title ?? "", url: url, width: width, height: height)
    }
}

extension HTTPClient {
    fileprivate func answer(from url: String) async throws -> JSONValue {
        let answer = try await send(
            HTTPRequest(
                .get, url,
                limits: HTTPLimits(connect: .seconds(3), idle: .seconds(5), total: .seconds(8), bodyBytes: 2 << 20)))
        guard answer.isSuccess, let json = try? JSONCoder.decode(JSONValue.self, from: answer.body) else {
            var problem = Problem(.unavailable, "The provider of GIFs does not answer as it should")
            problem.retryAfter = .seconds(5)
            throw problem
        }
        return json
    }
}
