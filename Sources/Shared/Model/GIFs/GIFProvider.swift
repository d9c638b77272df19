import HTTP
import JSON
import Runtime

/// A moving picture that a provider has.
package struct GIF: Sendable, Equatable {
    package let provider: String
    package let id: String
    package let title: String
    package let url: String
    package let width: Int
    package let height: Int
}

/// Somebody who has moving pictures. `page` counts from 0.
package protocol GIFProvider: Sendable {
    func search(_ words: String, page: Int, limit: Int) async throws -> [GIF]
}

/// The provider that is configured, if there is one.
package struct GIFSearch: Sendable {
    private let provider: (any GIFProvider)?

    package init(_ provider: (any GIFProvider)?) { self.provider = provider }

    package init(_ config: GIFConfig, http: HTTPClient) {
        if let key = config.giphyKey {
            provider = Giphy(base: config.giphyBase, key: key, http: http)
        } else if let key = config.klipyKey {
            provider = Klipy(base: config.klipyBase, key: key, http: http)
        } else {
            provider = nil
        }
    }

    package func search(_ words: String, page: Int, limit: Int) async throws -> [GIF] {
        guard let provider else { throw Problem(.notFound, "No provider of GIFs is configured") }
        do { return try await provider.search(words, page: page, limit: limit) } catch is HTTPClientError {
            var problem = Problem(.unavailable, "The provider of GIFs cannot be reached")
            problem.retryAfter = .seconds(5)
            throw problem
        }
    }
}

/// Keys of providers; Giphy goes first where both are set.
package struct GIFConfig: ConfigGroup {
    let giphyKey: Secret?
    let giphyBase: String
    let klipyKey: Secret?
    let klipyBase: String

    package init(from reader: inout ConfigReader) {
        giphyKey = reader.readIfSet("GIPHY_API_KEY", .secret())
        giphyBase = reader.read("GIPHY_BASE_URL", .text, default: "https://api.giphy.com")
        klipyKey = reader.readIfSet("KLIPY_API_KEY", .secret())
        klipyBase = reader.read("KLIPY_BASE_URL", .text, default: "https://api.klipy.com")
    }
}
