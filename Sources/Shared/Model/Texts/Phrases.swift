import Runtime

/// What people are told in mails and on their devices, in one language. The texts lie in `Phrases/`, a file for each language.
package struct Phrases: Sendable {
    package enum Language: String, Sendable, CaseIterable { case en, es, hi, de }

    package let language: Language
    private let texts: [String: String]

    /// In the language that a tag such as `es-MX` names, or else English.
    package static func `in`(_ tag: String) -> Phrases {
        let wanted = tag.lowercased().prefix { $0 != "-" && $0 != "_" }
        return all[Language(rawValue: String(wanted)) ?? .en] ?? english
    }

    package var keys: [String] { texts.keys.sorted() }

    /// The text under a key, with what its places in braces stand for.
    package func callAsFunction(_ key: String, _ values: [String: String] = [:]) -> String {
        guard let text = texts[key] ?? Self.english.texts[key] else { preconditionFailure("no phrase \(key)") }
        return Self.fill(text, values)
    }

    package func has(_ key: String) -> Bool { texts[key] != nil }

    private static let english = Phrases(.en, PackageResources.en_txt)
    private static let all: [Language: Phrases] = [
        .en: english, .es: Phrases(.es, PackageResources.es_txt), .hi: Phrases(.hi, PackageResources.hi_txt),
        .de: Phrases(.de, PackageResources.de_txt),
    ]

    private init(_ language: Language, _ file: [UInt8]) {
        self.language = language
        var texts: [String: String] = [:]
        for line in String(decoding: file, as: UTF8.self).split(separator: "\n") where !line.hasPrefix("#") {
            let parts = line.split(separator: " ", maxSplits: 2)
            guard parts.count == 3, parts[1] == "=" else { preconditionFailure("not a phrase: \(line)") }
            texts[String(parts[0])] = String(parts[2])
        }
        self.texts = texts
    }

    /// In one go: what is filled in is not looked into for further places.
    private static func fill(_ text: String, _ values: [String: String]) -> String {
        guard !values.isEmpty, text.utf8.contains(UInt8(ascii: "{")) else { return text }
        var filled = ""
        var rest = text[...]
        while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
            filled += rest[..<open]
            let name = rest[rest.index(after: open)..<close]
            filled += values[String(name)] ?? String(rest[open...close])
            rest = rest[rest.index(after: close)...]
        }
        return filled + rest
    }
}
