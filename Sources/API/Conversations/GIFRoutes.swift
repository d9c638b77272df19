import APIFrame
import HTTP
import JSON
import Model
import Runtime

/// GIFs of a provider, to send as messages.
struct GIFRoutes: Sendable {
    let gifs: GIFSearch

    var routes: [APIRoute] {
        [
            .get(
                "/gifs", "Search GIFs", errors: [.notFound, .unavailable],
                details:
                    "404 where no provider is configured. What it answers is the `metadata` of a message of type `gif`.",
                search
            ).needing("gifs.searches", taking: 1)
        ]
    }

    private func search(_ input: GIFInput, _ call: Call) async throws -> Outcomes<GIF> {
        Outcomes(try await gifs.search(input.words, page: input.number, limit: input.limit))
    }
}

struct GIFInput: RouteInput {
    let words: String
    let number: Int
    let limit: Int

    init(from input: inout InputReader) {
        words = input.query("query", .text(1...100))
        number = input.query("page", .integer(0...100).described("Counts from 0."), default: 0)
        limit = input.query("limit", .integer(1...50).described("How many at most."), default: 24)
    }
}

extension GIF: Representable {
    package static let representation = Representation<GIF>(
        "GIF", "A moving picture that a provider has.",
        [
            .member("provider") { $0.provider },
            .member("id") { $0.id },
            .member("title") { $0.title },
            .member("url") { $0.url },
            .member("width") { $0.width },
            .member("height") { $0.height },
        ])
}
