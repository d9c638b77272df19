import Crypto
import Runtime

/// The page that shows the document and lets one try it. It stands alone: nothing in it comes from elsewhere, and its
/// policy lets nothing else in.
public struct DocsPage: Sendable {
    public let html: [UInt8]
    public let policy: String

    public init() {
        let style = PackageResources.docs_css
        let script = PackageResources.docs_js
        html = Self.filling(
            Self.filling(PackageResources.docs_html, at: "/*style*/", with: style), at: "/*script*/", with: script)
        policy = """
            default-src 'none'; style-src 'sha256-\(Self.digest(style))'; script-src 'sha256-\(Self.digest(script))'; \
            connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'
            """
    }

    private static func digest(_ text: [UInt8]) -> String { Base64.encode(Hash.sha256(text)) }

    private static func filling(_ text: [UInt8], at mark: String, with filling: [UInt8]) -> [UInt8] {
        guard let range = text.range(ofFirst: Array(mark.utf8)) else { preconditionFailure("the page has no \(mark)") }
        return text[..<range.lowerBound] + filling + text[range.upperBound...]
    }
}
