import JSON
import Runtime

/// What a page says of itself.
package struct LinkPreview: Sendable, Equatable {
    package let url: String
    package let title: String
    package let text: String?
    package let image: String?
    package let site: String?

    var json: JSONValue {
        .object([
            "url": .string(url), "title": .string(title), "description": JSONValue(text), "imageUrl": JSONValue(image),
            "siteName": JSONValue(site),
        ])
    }
}

extension LinkPreview {
    /// Nil where the page has no title. What it says is text: nothing of it is ever shown as HTML.
    package init?(of page: String, at url: String) {
        let tags = PageHead(page)
        let said = tags["og:title"] ?? tags["twitter:title"] ?? tags.title
        guard let title = said?.line(upTo: 200) else { return nil }
        self.url = url
        self.title = title
        text = (tags["og:description"] ?? tags["description"])?.line(upTo: 500)
        image = tags["og:image"].flatMap { $0.hasPrefix("https://") && $0.utf8.count <= 2000 ? $0 : nil }
        site = tags["og:site_name"]?.line(upTo: 100)
    }

    /// The first address of the web in a text; without what ends a sentence.
    package static func link(in text: String) -> String? {
        for word in text.split(whereSeparator: \.isWhitespace) {
            guard let start = word.firstRange(ofScheme: ["https://", "http://"]) else { continue }
            var link = word[start...]
            if let end = link.firstIndex(where: { "<>\"`|\\^{}".contains($0) }) { link = link[..<end] }
            while let last = link.last, ".,;:!?'*_)]".contains(last) { link = link.dropLast() }
            if link.utf8.count <= 2000, link.utf8.count > 10 { return String(link) }
        }
        return nil
    }
}

/// The title and the `meta` elements of a page, found without understanding the rest of it.
struct PageHead {
    private(set) var title: String?
    private var meta: [String: String] = [:]

    subscript(_ name: String) -> String? { meta[name] }

    init(_ page: String) {
        var rest = page[...]
        while let open = rest.firstIndex(of: "<") {
            rest = rest[open...].dropFirst()
            guard let close = rest.firstIndex(of: ">") else { return }
            let tag = rest[..<close]
            rest = rest[close...].dropFirst()
            let name = tag.prefix { !$0.isWhitespace && $0 != "/" }.lowercased()
            if name == "title", title == nil {
                title = String(rest.prefix { $0 != "<" }).unescaped
            } else if name == "meta" {
                note(Attributes(tag))
            } else if name == "body" {
                return
            }
        }
    }

    private mutating func note(_ attributes: Attributes) {
        guard let name = attributes["property"] ?? attributes["name"], let content = attributes["content"] else {
            return
        }
        if meta[name.lowercased()] == nil { meta[name.lowercased()] = content.unescaped }
    }

    /// `name="value"` pairs of a tag.
    private struct Attributes {
        private var values: [String: String] = [:]

        subscript(_ name: String) -> String? { values[name] }

        init(_ tag: Substring) {
            var rest = tag
            while let equals = rest.firstIndex(of: "=") {
                let name = rest[..<equals].split(whereSeparator: \.isWhitespace).last.map { $0.lowercased() }
                rest = rest[equals...].dropFirst().drop(while: \.isWhitespace)
                let quote = rest.first
                let value: Substring
                if quote == "\"" || quote == "'" {
                    rest = rest.dropFirst()
                    value = rest.prefix { $0 != quote }
                    rest = rest[value.endIndex...].dropFirst()
                } else {
                    value = rest.prefix { !$0.isWhitespace }
                    rest = rest[value.endIndex...]
                }
                if let name { values[name] = String(value) }
            }
        }
    }
}

extension Substring {
    fileprivate func firstRange(ofScheme schemes: [String]) -> Index? {
        var place = startIndex
        while place < endIndex {
            if schemes.contains(where: { self[place...].hasPrefix($0) }) { return place }
            place = index(after: place)
        }
        return nil
    }
}

extension String {
    /// In one line, cut off where it is too long; nil where nothing is left.
    fileprivate func line(upTo length: Int) -> String? {
        let words = split { $0.isWhitespace || $0.unicodeScalars.contains { $0.value < 0x20 } }.joined(separator: " ")
        return words.isEmpty ? nil : String(words.prefix(length))
    }

    /// With the characters that the usual entities stand for.
    fileprivate var unescaped: String {
        guard contains("&") else { return self }
        var text = ""
        var rest = self[...]
        while let start = rest.firstIndex(of: "&") {
            text += rest[..<start]
            rest = rest[start...]
            if let end = rest.prefix(12).firstIndex(of: ";"), let character = entity(rest[start..<end].dropFirst()) {
                text.append(character)
                rest = rest[end...].dropFirst()
            } else {
                text.append("&")
                rest = rest.dropFirst()
            }
        }
        return text + rest
    }

    private func entity(_ name: Substring) -> Character? {
        switch name {
        case "amp": return "&"
        case "lt": return "<"
        case "gt": return ">"
        case "quot": return "\""
        case "apos": return "'"
        case "nbsp": return " "
        default: break
        }
        guard name.first == "#" else { return nil }
        let digits = name.dropFirst()
        let code = digits.lowercased().hasPrefix("x") ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
        return code.flatMap { Unicode.Scalar($0) }.flatMap { $0.value == 0 ? nil : Character($0) }
    }
}
