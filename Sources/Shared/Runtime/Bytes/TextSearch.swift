// Search in text and bytes. The standard library's own functions of these names bring its engine for regular
// expressions into every process: a megabyte of code that each would hold in memory for a handful of searches. These
// stand before them wherever this module is imported; they compare bytes, not characters.

extension Collection where Element: Equatable {
    public func range<Part: Collection<Element>>(ofFirst part: Part) -> Range<Index>? {
        guard let first = part.first else { return startIndex..<startIndex }
        var start = startIndex
        while let found = self[start...].firstIndex(of: first) {
            if let end = end(of: part, at: found) { return found..<end }
            start = index(after: found)
        }
        return nil
    }

    private func end<Part: Collection<Element>>(of part: Part, at start: Index) -> Index? {
        var end = start
        for element in part {
            guard end < endIndex, self[end] == element else { return nil }
            end = index(after: end)
        }
        return end
    }
}

extension StringProtocol {
    public func contains(_ part: String) -> Bool { utf8.range(ofFirst: part.utf8) != nil }
}

extension String {
    public func replacing(_ part: String, with other: String) -> String {
        guard !part.isEmpty else { return self }
        var text = ""
        var rest = self[...]
        while let found = rest.utf8.range(ofFirst: part.utf8) {
            text += rest[..<found.lowerBound] + other
            rest = rest[found.upperBound...]
        }
        return text + rest
    }
}
