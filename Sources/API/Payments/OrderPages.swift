import APIFrame
import Crypto
import HTTP
import Model
import QRCodes
import Runtime

/// What browsers and telephones show of an order: whoever knows its reference may pay it.
struct OrderPages: Sendable {
    let payments: Payments

    var routes: [APIRoute] {
        [
            .raw(
                .get, "/payments/qr/{reference}.png", "Show an order's QR code", access: .open,
                answers: [.bytes(200, type: "image/png")], png),
            .raw(
                .get, "/payments/qr/{reference}.svg", "Draw an order's QR code", access: .open,
                answers: [.bytes(200, type: "image/svg+xml")], svg),
            .raw(
                .get, "/payments/checkout/{reference}", "Go on to the provider's page", access: .open,
                answers: [.bytes(200, type: "text/html; charset=utf-8")], checkout),
        ]
    }

    private func png(_ input: ReferencePath, _ call: Call) async throws -> Response {
        picture("image/png", try await code(input).png())
    }

    private func svg(_ input: ReferencePath, _ call: Call) async throws -> Response {
        picture("image/svg+xml", Array(try await code(input).svg.utf8))
    }

    private func code(_ input: ReferencePath) async throws -> QRCode {
        guard let code = QRCode(try await payments.upiPayload(of: input.reference)) else { throw Payments.unknownOrder }
        return code
    }

    private func picture(_ type: String, _ bytes: [UInt8]) -> Response {
        Response(headers: ["Content-Type": type, "Cache-Control": "private, max-age=60"], body: .bytes(bytes))
    }

    /// Providers whose page takes a form get it from here.
    private func checkout(_ input: ReferencePath, _ call: Call) async throws -> Response {
        let page = CheckoutPage(try await payments.checkout(of: input.reference))
        return Response(
            headers: [
                "Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store",
                "Content-Security-Policy": page.policy,
            ], body: .bytes(Array(page.html.utf8)))
    }
}

struct ReferencePath: RouteInput {
    let reference: String
    init(from input: inout InputReader) { reference = input.path("reference", .text(12...35, of: .reference)) }
}

/// A page that sends its form by itself, and has a button where no script runs.
struct CheckoutPage {
    let html: String
    let policy: String

    init(_ checkout: Checkout) {
        let send = checkout.script ?? "document.forms[0].submit()"
        let fields = checkout.fields.sorted { $0.key < $1.key }.map { name, value in
            "<input type=\"hidden\" name=\"\(Self.escape(name))\" value=\"\(Self.escape(value))\">"
        }
        let form =
            checkout.action.map { action in
                "<form method=\"post\" action=\"\(Self.escape(action))\">\(fields.joined())<button>Go on</button></form>"
            } ?? ""
        let library = checkout.library.map { "<script src=\"\(Self.escape($0))\"></script>" } ?? ""
        html = """
            <!doctype html><html lang="en"><meta charset="utf-8"><title>To the payment</title>\
            <p>On to the payment …</p>\(form)\(library)<script>\(send)</script></html>
            """
        let origin = checkout.library.map { " \($0)" } ?? ""
        policy = """
            default-src 'none'; script-src 'sha256-\(Base64.encode(Hash.sha256(send)))'\(origin); \
            form-action *; frame-src *; connect-src *; base-uri 'none'; frame-ancestors 'none'
            """
    }

    private static func escape(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing("\"", with: "&quot;")
    }
}
