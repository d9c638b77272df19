import APIFrame
import HTTP
import JSON
import Model
import Runtime

/// Where providers tell what has happened.
struct WebhookRoutes: Sendable {
    let intake: WebhookIntake

    var routes: [APIRoute] {
        [
            .raw(
                .post, "/webhooks/payments/{provider}", "Take a provider's webhook", access: .signed,
                limit: .unlimited, errors: [.invalidToken, .malformedBody], body: .raw(types: ["*/*"]),
                answers: [DeclaredAnswer(200, "It is kept, or was before")],
                details: "401 unless the provider has signed it. A repetition is answered like the first one.", take)
        ]
    }

    /// What no provider sends.
    private static let largest = 256 << 10

    private func take(_ input: WebhookPath, _ call: Call) async throws -> Response {
        guard let name = ProviderName(rawValue: input.provider), let provider = intake.providers[name],
            provider.capabilities.contains(.webhooks)
        else { throw Problem(.notFound, "There are no webhooks of that provider") }
        let arrival = Timestamp.now
        let body = try await call.request.body.all(upTo: Self.largest)
        var headers: [String: String] = [:]
        for field in call.request.headers.fields { headers[field.name.lowercased()] = field.value }
        do {
            try await intake.take(IncomingWebhook(headers: headers, body: body, receivedAt: arrival), from: provider)
        } catch let refusal as WebhookRefusal {
            switch refusal {
            case .forged: throw Problem(.invalidToken, "Nobody knows who has sent this")
            case .malformed(let what): throw Problem(.malformedBody, "Signed, and still not to be read: \(what)")
            }
        }
        return Response(200)
    }
}

struct WebhookPath: RouteInput {
    let provider: String
    init(from input: inout InputReader) { provider = input.path("provider", .text(1...32)) }
}
