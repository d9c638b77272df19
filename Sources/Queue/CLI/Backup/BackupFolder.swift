import Glibc
import Model
import Runtime

/// The folder of all backups, a folder for each: `switchyard-20261122T043100Z`. One that is being made is called
/// otherwise, so that a half is never taken for a whole.
struct BackupFolder: Sendable {
    let path: String
    private static let prefix = "switchyard-"
    private static let unfinished = ".unfinished-"

    /// The whole ones, oldest first.
    var names: [String] {
        Files.names(in: path).filter { $0.hasPrefix(Self.prefix) && Self.time(of: $0) != nil }.sorted()
    }

    func path(of name: String) -> String { "\(path)/\(name)" }

    /// Where one is made.
    func begin() throws -> String {
        let folder = "\(path)/\(Self.unfinished)\(getpid())"
        Files.removeFolder(folder)
        try Files.makeFolder(folder)
        return folder
    }

    /// From here on it counts. All that is in it has to be on the disk already.
    func finish(_ folder: String, at time: Timestamp) throws -> String {
        let name = Self.name(at: time)
        try Files.sync(folder)
        guard rename(folder, path(of: name)) == 0 else { throw SystemError.last("rename \(folder)") }
        try Files.sync(path)
        return name
    }

    /// What was begun by processes that are gone.
    func removeLeftovers() {
        for name in Files.names(in: path) where name.hasPrefix(Self.unfinished) {
            let process = pid_t(name.dropFirst(Self.unfinished.count)) ?? 0
            if process <= 0 || kill(process, 0) != 0 && errno == ESRCH { Files.removeFolder(path(of: name)) }
        }
    }

    /// Removes those that are older, but never the newest. Answers their names.
    func prune(olderThan span: Duration, at now: Timestamp) -> [String] {
        let old = names.dropLast().filter { name in Self.time(of: name).map { $0 < now - span } ?? false }
        for name in old {
            // Out of sight first, so that what is only half removed is not taken for a backup.
            let doomed = "\(path)/\(Self.unfinished)0"
            if rename(path(of: name), doomed) == 0 { Files.removeFolder(doomed) }
        }
        return Array(old)
    }

    // MARK: Names

    private static func name(at time: Timestamp) -> String {
        prefix + time.rfc3339.prefix(19).filter { $0 != "-" && $0 != ":" } + "Z"
    }

    static func time(of name: String) -> Timestamp? {
        let digits = Array(name.dropFirst(prefix.count))
        guard digits.count == 16, digits[8] == "T", digits[15] == "Z" else { return nil }
        let text = { (range: Range<Int>) in String(digits[range]) }
        return Timestamp(
            rfc3339: "\(text(0..<4))-\(text(4..<6))-\(text(6..<8))T\(text(9..<11)):\(text(11..<13)):\(text(13..<15))Z")
    }
}
