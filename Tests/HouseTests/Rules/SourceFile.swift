import Foundation
import TestSupport

/// A Swift file as the house rules see it.
struct SourceFile {
    /// Below the root of the repository: `Sources/Shared/Runtime/Loop/EventLoop.swift`.
    let path: String
    let lines: [String]
    /// The same lines with what stands in comments and string literals blanked out.
    let code: [String]

    init(path: String, text: String) {
        self.path = path
        lines = Self.lines(of: text)
        code = Self.lines(of: CodeOnly.of(text))
    }

    private static func lines(of text: String) -> [String] {
        text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { String(Substring($0)) }
    }

    /// Without its extension.
    var name: String { String(path.split(separator: "/").last?.dropLast(6) ?? "") }

    /// Whether a comment stands on the line, or right above it.
    func hasComment(at index: Int) -> Bool {
        [index, index - 1].contains { index in
            lines.indices.contains(index) && lines[index].contains("//") && !code[index].contains("//")
        }
    }

    /// All Swift files below a folder of the repository.
    static func all(in folder: String) throws -> [SourceFile] {
        let root = URL(filePath: Repository.root)
        let files = FileManager.default.enumerator(atPath: root.appending(path: folder).path())
        return try (files?.compactMap { $0 as? String } ?? []).filter { $0.hasSuffix(".swift") }.sorted().map { file in
            let path = "\(folder)/\(file)"
            return SourceFile(path: path, text: try String(contentsOf: root.appending(path: path), encoding: .utf8))
        }
    }
}
