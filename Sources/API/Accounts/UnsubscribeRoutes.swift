import APIFrame
import HTTP
import Model
import Runtime

/// The last link of mails of missed messages.
struct UnsubscribeRoutes: Sendable {
    let accounts: Accounts

    var routes: [APIRoute] {
        [
            .raw(
                .get, "/mail/unsubscribe/{token}", "Show the page of a mail's last link", access: .open,
                limit: .guessing,
                answers: [.bytes(200, type: "text/html")],
                details: "Changes nothing: programs that look at mails follow their links.", ask),
            .raw(
                .post, "/mail/unsubscribe/{token}", "Get no more mails of missed messages", access: .open,
                limit: .guessing,
                body: .raw(types: ["application/x-www-form-urlencoded", "multipart/form-data"]),
                answers: [.bytes(200, type: "text/html")],
                details: "By the button of the page, or in one click as RFC 8058 has it. Nobody has to be signed in.",
                leave),
        ]
    }

    private func ask(_ input: UnsubscribeLink, _ call: Call) async throws -> Response {
        let (phrases, app) = try await accounts.unsubscribing(input.token)
        return page(
            phrases,
            """
            <p>\(phrases("unsubscribe.ask", ["app": app]).escaped)</p>
            <form method="post"><input type="hidden" name="List-Unsubscribe" value="One-Click">\
            <button>\(phrases("unsubscribe.button").escaped)</button></form>
            """)
    }

    private func leave(_ input: UnsubscribeLink, _ call: Call) async throws -> Response {
        try await accounts.unsubscribe(input.token)
        let (phrases, app) = try await accounts.unsubscribing(input.token)
        return page(phrases, "<p>\(phrases("unsubscribe.done", ["app": app]).escaped)</p>")
    }

    private func page(_ phrases: Phrases, _ body: String) -> Response {
        let title = phrases("unsubscribe.title").escaped
        let html = """
            <!DOCTYPE html>
            <html lang="\(phrases.language.rawValue)"><head><meta charset="utf-8">\
            <meta name="viewport" content="width=device-width"><title>\(title)</title></head>
            <body style="font:16px/1.5 system-ui,sans-serif;max-width:32rem;margin:3rem auto;padding:0 1rem"><h1>\(title)</h1>
            \(body)
            </body></html>

            """
        return Response(
            headers: [
                "Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store",
                "Referrer-Policy": "no-referrer",
                "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'",
            ], body: .bytes(Array(html.utf8)))
    }
}

struct UnsubscribeLink: RouteInput {
    let token: String
    init(from input: inout InputReader) { token = input.path("token", .token) }
}
