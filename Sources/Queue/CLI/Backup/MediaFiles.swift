import Crypto
import Glibc
import Model
import Postgres
import Runtime

/// The files that people have sent, as the database knows them: each under the hash of its content, so that what is
/// there under a name is the same everywhere, and can be proved.
struct MediaFiles: Sendable {
    struct File: Sendable {
        let name: StoredName
        let digest: String
        let bytes: Int

        init(digest: [UInt8], bytes: Int) {
            name = StoredName(digest: digest)
            self.digest = Hex.encode(digest)
            self.bytes = bytes
        }

        /// As in the list.
        var line: String { "\(digest) \(bytes)\n" }

        init?(line: Substring) {
            let parts = line.split(separator: " ")
            guard parts.count == 2, let digest = Hex.decode(String(parts[0])), digest.count == 32,
                let bytes = Int(parts[1])
            else { return nil }
            self.init(digest: digest, bytes: bytes)
        }
    }

    /// Those of the database, page by page.
    static func forEach(in database: Database, _ body: ([File]) async throws -> Void) async throws {
        var last: [UInt8] = []
        while true {
            let rows: [([UInt8], Int64)] = try await database.all(
                "select digest, bytes from stored_files where digest > \(last) order by digest limit 2000")
            guard let end = rows.last?.0 else { return }
            try await body(rows.map { File(digest: $0.0, bytes: Int($0.1)) })
            last = end
        }
    }

    /// Those of a list.
    static func read(_ path: String) throws -> [File] {
        try TextFile.read(path).split(separator: "\n").map { line in
            guard let file = File(line: line) else {
                throw CommandFailure("\(path) has a line that cannot be read", code: .finding)
            }
            return file
        }
    }

    /// Whether it is known still, or was cleaned away meanwhile.
    static func isKnown(_ file: File, in database: Database) async throws -> Bool {
        try await database.one(
            "select exists (select from stored_files where digest = \(Hex.decode(file.digest) ?? []))")
    }
}

/// Puts files below a folder, from one where they lie under the same names.
struct MediaCopier: Sendable {
    enum Outcome {
        case copied, shared, wasThere, missing
    }

    let source: String
    let target: String
    /// A backup that may have it already: then it is the same file on the disk, and takes no room.
    var earlier: String?

    func put(_ file: MediaFiles.File) throws -> Outcome {
        let (from, to) = ("\(source)/\(file.name)", "\(target)/\(file.name)")
        if (try? Files.size(of: to)) == file.bytes { return .wasThere }
        try Files.makeFolders(above: to)
        if let earlier, (try? Files.size(of: "\(earlier)/\(file.name)")) == file.bytes,
            link("\(earlier)/\(file.name)", to) == 0
        {
            return .shared
        }
        guard access(from, R_OK) == 0 || errno != ENOENT else { return .missing }
        let half = "\(to).unfinished"
        unlink(half)
        guard try WrittenFile.copy(from, to: half) == file.digest else {
            unlink(half)
            throw CommandFailure("\(from) is not what its name says: its content has another hash", code: .finding)
        }
        guard rename(half, to) == 0 else { throw SystemError.last("rename \(half)") }
        return .copied
    }
}
