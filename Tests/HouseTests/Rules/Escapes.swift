/// The ways around the compiler's checks: each needs a comment that says why it is safe.
enum Escapes {
    private static let words = ["try!", "as!", "@unchecked Sendable", "nonisolated(unsafe)", "unsafeBitCast"]

    static func complaints(about file: SourceFile) -> [String] {
        file.code.enumerated().flatMap { index, line in
            words.filter { line.contains($0) && !file.hasComment(at: index) }.map { word in
                "\(file.path):\(index + 1): `\(word)` without a comment that says why it is safe"
            }
        }
    }
}
