/// A file is one idea.
enum Length {
    static let limit = 400

    static func complaints(about file: SourceFile) -> [String] {
        let count = file.lines.last == "" ? file.lines.count - 1 : file.lines.count
        return count > limit ? ["\(file.path): \(count) lines, the limit is \(limit)"] : []
    }
}
