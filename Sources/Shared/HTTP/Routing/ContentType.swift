/// What a request says its body is.
public enum ContentType {
    /// None means JSON too: there is nothing else it could be.
    public static func isJSON(_ header: String?) -> Bool {
        guard let header, header != "application/json" else { return true }
        let type = mediaType(header)
        guard type == "application/json" || type.hasPrefix("application/") && type.hasSuffix("+json") else {
            return false
        }
        return charsets(header).allSatisfy { $0 == "utf-8" || $0 == "utf8" }
    }

    /// What the parameter says, in lower case: mostly nothing. JSON knows no such parameter and is UTF-8 (RFC 8259); who
    /// says otherwise has sent something else.
    private static func charsets(_ header: String) -> [String] {
        header.lowercased().split(separator: ";").dropFirst().compactMap { parameter in
            let parts = parameter.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, parts[0].trimmed == "charset" else { return nil }
            let value = parts[1].trimmed
            let isQuoted = value.count >= 2 && value.hasPrefix("\"") && value.hasSuffix("\"")
            return String(isQuoted ? value.dropFirst().dropLast() : value)
        }
    }

    /// Whether two of them say the same, parameters aside.
    public static func isSame(_ one: String?, _ other: String) -> Bool {
        one.map { mediaType($0) } == mediaType(other)
    }

    /// `image/*` and `*/*` among the types stand for many.
    public static func matches(_ header: String?, _ types: [String]) -> Bool {
        guard let header else { return types.contains("*/*") }
        let type = mediaType(header)
        return types.contains { wanted in
            wanted == "*/*" || wanted == type || wanted.hasSuffix("/*") && type.hasPrefix(wanted.dropLast())
        }
    }

    /// Without parameters, in lower case.
    static func mediaType(_ header: String) -> String {
        let end = header.firstIndex(of: ";") ?? header.endIndex
        return header[..<end].lowercased().filter { $0 != " " && $0 != "\t" }
    }
}
