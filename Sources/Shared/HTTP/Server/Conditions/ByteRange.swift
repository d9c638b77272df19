import Runtime

/// The part of a resource that a client asks for.
enum ByteRange: Equatable {
    case whole
    case part(Range<Int>)
    case unsatisfiable

    /// One range is served; several, other units and what is no range are as good as none, as RFC 9110 allows.
    init(_ request: Request, length: Int, _ now: Validators) {
        guard request.method == .get, let text = request.headers["Range"], Self.applies(request, now) else {
            self = .whole
            return
        }
        self = Self.parse(text, length: length)
    }

    static func parse(_ text: String, length: Int) -> ByteRange {
        guard text.utf8.count < 64, text.lowercased().hasPrefix("bytes=") else { return .whole }
        let parts = text.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return .whole }
        let (first, last) = (number(parts[0]), number(parts[1]))
        switch (parts[0].isEmpty, first, parts[1].isEmpty, last) {
        case (true, _, false, let count?):
            return count == 0 || length == 0 ? .unsatisfiable : .part(max(0, length - count)..<length)
        case (false, let start?, true, _):
            return start < length ? .part(start..<length) : .unsatisfiable
        case (false, let start?, false, let end?):
            guard start <= end else { return .whole }
            return start < length ? .part(start..<min(end + 1, length)) : .unsatisfiable
        default: return .whole
        }
    }

    private static func number(_ digits: Substring) -> Int? {
        guard digits.utf8.count <= 18, digits.utf8.allSatisfy(Characters.isDigit) else { return nil }
        return Int(digits)
    }

    /// If-Range: the part only if it is a part of what the client has the rest of.
    private static func applies(_ request: Request, _ now: Validators) -> Bool {
        guard let condition = request.headers["If-Range"] else { return true }
        if let wanted = EntityTag(field: condition) { return now.tag.map(wanted.matchesStrongly) ?? false }
        guard let date = HTTPDate.parse(condition), let modified = now.modified else { return false }
        return date.seconds == modified.seconds
    }
}
