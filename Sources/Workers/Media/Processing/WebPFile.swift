import Glibc
import Runtime

/// A finished WebP file. libvips 8.14 notes things in it also when it is told not to.
enum WebPFile {
    /// What is about the picture and not of it, and the flag of the head that says it is there.
    private static let notes: [(name: [UInt8], flag: UInt8)] = [
        (Array("EXIF".utf8), 0x08), (Array("XMP ".utf8), 0x04), (Array("ICCP".utf8), 0x20),
    ]

    static func removeNotes(_ path: String) throws {
        let whole = try TextFile.contents(of: path, limit: 1 << 30).toArray()
        let clean = withoutNotes(whole)
        guard clean.count < whole.count else { return }
        let descriptor = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemError.last("open \(path)") }
        defer { close(descriptor) }
        var rest = clean[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { throw SystemError.last("write \(path)") }
            rest = rest.dropFirst(count)
        }
    }

    /// The file without those chunks: a RIFF container, whose chunks have a name, a length, and an even number of bytes.
    static func withoutNotes(_ file: [UInt8]) -> [UInt8] {
        guard file.count > 12 else { return file }
        var kept = Array(file[..<12])
        var start = 12
        while start + 8 <= file.count {
            let length = (0..<4).reduce(0) { $0 | Int(file[start + 4 + $1]) << (8 * $1) }
            let end = min(start + 8 + length + length % 2, file.count)
            var chunk = Array(file[start..<end])
            start = end
            if notes.contains(where: { chunk.starts(with: $0.name) }) { continue }
            if chunk.starts(with: "VP8X".utf8), chunk.count > 8 {
                for note in notes { chunk[8] &= ~note.flag }
            }
            kept += chunk
        }
        for place in 0..<4 { kept[4 + place] = UInt8(truncatingIfNeeded: (kept.count - 8) >> (8 * place)) }
        return kept
    }
}
