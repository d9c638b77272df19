/// Names that say nothing about what a thing does.
enum Names {
    /// Banned as the last word of a name, in the singular and the plural.
    private static let banned: Set<String> = [
        "manager", "helper", "util", "utility", "common", "base", "impl", "misc", "data", "info", "service",
    ]
    private static let declarations: Set<String> = ["struct", "class", "enum", "actor", "protocol", "typealias"]

    static func complaints(about file: SourceFile) -> [String] {
        let parts = file.path.split(separator: "/").map { $0.split(separator: ".")[0] }
        let inPath = parts.flatMap { $0.split(separator: "+") }.compactMap { part in
            bannedWord(in: part).map { "\(file.path): `\(part)` says nothing (\($0))" }
        }
        let inCode = file.code.enumerated().flatMap { index, line in
            declared(by: line).compactMap { name in
                bannedWord(in: name).map { "\(file.path):\(index + 1): `\(name)` says nothing (\($0))" }
            }
        }
        return inPath + inCode
    }

    private static func declared(by line: String) -> [Substring] {
        let words = line.split { !($0.isLetter || $0.isNumber || $0 == "_") }
        return zip(words, words.dropFirst()).filter { declarations.contains(String($0.0)) }.map(\.1)
    }

    /// The last word of a name in camel case: `UserManagers` ends in “managers”.
    private static func bannedWord(in name: Substring) -> String? {
        let start = name.lastIndex { $0.isUppercase } ?? name.startIndex
        let last = name[start...].lowercased()
        return banned.first { last == $0 || last == $0 + "s" }
    }
}
