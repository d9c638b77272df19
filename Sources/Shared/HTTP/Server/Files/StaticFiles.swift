/// Serves the files of a folder as they are: with their types, in parts, and not again to those who have them.
public struct StaticFiles: Sendable {
    private let folder: String
    private let cacheControl: String

    /// What lies behind links in the folder is served too: whoever may write there decides.
    public init(folder: String, cacheControl: String = "public, max-age=300") {
        self.folder = folder
        self.cacheControl = cacheControl
    }

    /// `path` is what the request asks for below the folder, still encoded. 404 for what is no name of a file there.
    public func answer(_ request: Request, path: some StringProtocol) -> Response {
        guard request.method == .get || request.method == .head else {
            return Response(405, headers: ["Allow": "GET, HEAD"])
        }
        guard let name = Self.name(Substring(path)) else { return PlainAnswer.make(404) }
        return Response(
            headers: [
                "Content-Type": MediaType.ofFile(name), "Cache-Control": cacheControl,
                "X-Content-Type-Options": "nosniff",
            ], body: .file(path: "\(folder)/\(name)", range: nil))
    }

    /// Decoded once, and never out of the folder: no part is empty, hidden, or hides a separator.
    static func name(_ path: Substring) -> String? {
        var parts = path.drop { $0 == "/" }.split(separator: "/", omittingEmptySubsequences: false)
        if parts.last?.isEmpty ?? true {
            parts = parts.dropLast()
            parts.append("index.html")
        }
        var names: [String] = []
        for part in parts {
            guard let name = PercentDecoding.text(part), !name.isEmpty, !name.hasPrefix("."),
                name.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F && $0 != 0x2F && $0 != 0x5C })
            else { return nil }
            names.append(String(name))
        }
        return names.joined(separator: "/")
    }
}
