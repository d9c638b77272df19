import Crypto
import HTTP
import Runtime

/// The files of the dashboard, as they lie in the executable. Nothing in them comes from elsewhere, and the page's policy lets
/// nothing else in.
struct DashboardFiles: Sendable {
    private struct File {
        let type: String
        let bytes: [UInt8]
        let tag: String

        init(_ type: String, _ bytes: [UInt8]) {
            self.type = type
            self.bytes = bytes
            tag = "\"\(Base64URL.encode(Array(Hash.sha256(bytes).prefix(12))))\""
        }

        func answer(_ more: HTTPHeaders = [:]) -> Response {
            var headers = more
            headers["Content-Type"] = type
            headers["Cache-Control"] = "no-cache"
            headers["ETag"] = tag
            return Response(headers: headers, body: .bytes(bytes))
        }
    }

    private static let (script, style, picture) = (
        "text/javascript; charset=utf-8", "text/css; charset=utf-8", "image/svg+xml"
    )
    static let types = [script, style, picture]
    private static let policy = """
        default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; \
        form-action 'none'; frame-ancestors 'none'
        """

    private let html: File
    private let files: [String: File]

    init(api: String) {
        html = File("text/html; charset=utf-8", Self.filled(PackageResources.index_html, with: api))
        files = [
            "app.css": File(Self.style, PackageResources.app_css),
            "icon.svg": File(Self.picture, PackageResources.icon_svg),
            "main.js": File(Self.script, PackageResources.main_js),
            "core.js": File(Self.script, PackageResources.core_js),
            "session.js": File(Self.script, PackageResources.session_js),
            "widgets.js": File(Self.script, PackageResources.widgets_js),
            "charts.js": File(Self.script, PackageResources.charts_js),
            "queues.js": File(Self.script, PackageResources.queues_js),
            "jobs.js": File(Self.script, PackageResources.jobs_js),
            "dead.js": File(Self.script, PackageResources.dead_js),
            "plans.js": File(Self.script, PackageResources.plans_js),
            "money.js": File(Self.script, PackageResources.money_js),
        ]
    }

    var page: Response { html.answer(["Content-Security-Policy": Self.policy]) }

    func file(_ name: String) -> Response? { files[name]?.answer() }

    /// The page learns where the API is.
    private static func filled(_ text: [UInt8], with api: String) -> [UInt8] {
        guard let range = text.range(ofFirst: Array("{{api}}".utf8)) else {
            preconditionFailure("the page has no place for the path of the API")
        }
        return text[..<range.lowerBound] + Array(api.utf8) + text[range.upperBound...]
    }
}
