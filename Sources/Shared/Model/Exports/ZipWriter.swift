/// Writes a ZIP archive (PKWARE's APPNOTE, version 2.0) of files that are stored as they are, piece by piece.
struct ZipWriter {
    private struct Entry {
        let name: [UInt8]
        let checksum: UInt32
        let count: UInt32
        let offset: UInt32
    }

    private var entries: [Entry] = []
    private var offset: UInt32 = 0
    private var bytes: [UInt8] = []

    /// All that was written.
    var count: Int { Int(offset) }
    /// What was not taken yet.
    var waiting: Int { bytes.count }

    /// The next bytes of the archive.
    mutating func take(upTo limit: Int) -> [UInt8] {
        let taken = Array(bytes.prefix(limit))
        bytes.removeFirst(taken.count)
        return taken
    }

    mutating func add(_ name: String, _ content: [UInt8]) {
        let entry = Entry(
            name: Array(name.utf8), checksum: CRC32.of(content), count: UInt32(content.count), offset: offset)
        entries.append(entry)
        write(head: 0x0403_4b50)
        write(facts: entry)
        write(entry.name)
        write(content)
    }

    /// The directory, without which nothing can be read.
    mutating func finish() {
        let start = offset
        for entry in entries {
            write(head: 0x0201_4b50)
            // Made by a Unix, for the modes below.
            write(UInt16(3 << 8 | 20))
            write(facts: entry)
            // No comment, first disk, no internal attributes; a plain file that its owner may read and write.
            write(UInt16(0))
            write(UInt16(0))
            write(UInt16(0))
            write(UInt32(0o100600) << 16)
            write(entry.offset)
            write(entry.name)
        }
        let count = offset - start
        write(head: 0x0605_4b50)
        write(UInt32(0))
        write(UInt16(entries.count))
        write(UInt16(entries.count))
        write(count)
        write(start)
        write(UInt16(0))
    }

    /// What stands alike in front of a file and in the directory.
    private mutating func write(facts entry: Entry) {
        write(UInt16(20))
        // Names are UTF-8.
        write(UInt16(1 << 11))
        write(UInt16(0))
        // 1980-01-01: equal contents give equal archives.
        write(UInt16(0))
        write(UInt16(1 << 5 | 1))
        write(entry.checksum)
        write(entry.count)
        write(entry.count)
        write(UInt16(entry.name.count))
        write(UInt16(0))
    }

    private mutating func write(head: UInt32) { write(head) }

    private mutating func write(_ number: some FixedWidthInteger) {
        withUnsafeBytes(of: number.littleEndian) { write(Array($0)) }
    }

    private mutating func write(_ more: [UInt8]) {
        bytes += more
        offset += UInt32(more.count)
    }
}

/// The checksum of ZIP archives.
enum CRC32 {
    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ value >> 1 : value >> 1 }
    }

    static func of(_ bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(UInt32.max) { table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] ^ $0 >> 8 }
    }
}
