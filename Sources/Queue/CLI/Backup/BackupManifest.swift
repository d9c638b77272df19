import Crypto
import Glibc
import JSON
import Model
import Runtime

/// What a backup says of itself: what is in it, and how to tell that it is whole.
struct BackupManifest: Codable {
    static let format = 1
    static let file = "manifest.json"
    static let dump = "database.dump"
    static let list = "files.list"

    struct Database: Codable {
        let bytes: Int
        let sha256: String
        let server: String
        let migrations: Int
    }

    struct Media: Codable {
        /// `disk`: the files are here. `s3`: only their list is.
        let kind: String
        let files: Int
        let bytes: Int
        /// Of the list, a line for each file: what it is called, and its size.
        let listSha256: String
    }

    let format: Int
    let startedAt: String
    let finishedAt: String
    let database: Database
    let media: Media?

    static func read(in folder: String) throws -> BackupManifest {
        guard let text = try? TextFile.read("\(folder)/\(file)") else {
            throw CommandFailure(
                "\(folder) is no whole backup: it has no \(file)",
                hint: "yardctl backup --list shows those there are.", code: .finding)
        }
        guard let manifest = try? JSONCoder.decode(BackupManifest.self, from: Array(text.utf8)) else {
            throw CommandFailure("\(folder)/\(file) cannot be read", code: .finding)
        }
        guard manifest.format == format else {
            throw CommandFailure("\(folder) has a format that this version does not know", code: .finding)
        }
        return manifest
    }

    func write(in folder: String) throws {
        try WrittenFile.write(try JSONCoder.encode(self), to: "\(folder)/\(Self.file)")
    }
}

/// Files as backups need them: hashed, and surely on the disk.
enum WrittenFile {
    private static let piece = 1 << 20

    static func write(_ bytes: [UInt8], to path: String) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SystemError.last("make \(path)") }
        defer { close(descriptor) }
        try writeAll(bytes[...], to: descriptor, path)
        guard fsync(descriptor) == 0 else { throw SystemError.last("sync \(path)") }
    }

    /// In hexadecimal digits.
    static func sha256(of path: String, _ tick: (Int) throws -> Void = { _ in }) throws -> String {
        var hash = Hash.sha256.incremental
        try read(path) { bytes in
            hash.update(bytes)
            try tick(bytes.count)
        }
        return Hex.encode(hash.finish())
    }

    /// What was copied is on the disk when this returns; answers its hash.
    static func copy(_ source: String, to target: String) throws -> String {
        let descriptor = open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SystemError.last("make \(target)") }
        defer { close(descriptor) }
        var hash = Hash.sha256.incremental
        try read(source) { bytes in
            hash.update(bytes)
            try writeAll(bytes[...], to: descriptor, target)
        }
        guard fsync(descriptor) == 0 else { throw SystemError.last("sync \(target)") }
        return Hex.encode(hash.finish())
    }

    private static func read(_ path: String, _ body: ([UInt8]) throws -> Void) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemError.last("open \(path)") }
        defer { close(descriptor) }
        while true {
            var failure: Int32 = 0
            let bytes = [UInt8](unsafeUninitializedCapacity: piece) { target, count in
                let got = Glibc.read(descriptor, target.baseAddress, target.count)
                if got < 0 { failure = errno }
                count = max(0, got)
            }
            if failure == EINTR { continue }
            guard failure == 0 else { throw SystemError(failure, "read \(path)") }
            if bytes.isEmpty { return }
            try body(bytes)
        }
    }

    private static func writeAll(_ bytes: ArraySlice<UInt8>, to descriptor: Int32, _ path: String) throws {
        var rest = bytes
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw SystemError.last("write \(path)") }
            rest = rest.dropFirst(count)
        }
    }
}
