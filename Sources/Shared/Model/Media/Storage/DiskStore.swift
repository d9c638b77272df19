import Glibc
import HTTP
import Runtime

/// Files in a folder that all processes share.
package struct DiskStore: FileStore {
    private let folder: String
    private let threads: ThreadPool

    package init(folder: String, threads: ThreadPool) {
        self.folder = folder
        self.threads = threads
    }

    private func path(of name: StoredName) -> String { "\(folder)/\(name)" }

    /// Moved there once all of it is on the disk: the name is never that of a half.
    package func put(_ source: String, as name: StoredName) async throws {
        let target = path(of: name)
        try await threads.run {
            try Files.sync(source)
            try Files.makeFolders(above: target)
            guard rename(source, target) == 0 else { throw SystemError.last("move to \(target)") }
            try Files.sync(Files.folder(of: target))
        }
    }

    package func fetch(_ name: StoredName, to path: String) async throws {
        let source = self.path(of: name)
        try await threads.run {
            // What is stored never changes, so another name for it will do.
            guard Glibc.link(source, path) == 0 else {
                throw errno == ENOENT ? NotStored(name: name) : SystemError.last("link \(source)") as any Error
            }
        }
    }

    package func remove(_ name: StoredName) async throws {
        let path = path(of: name)
        try await threads.run {
            guard unlink(path) == 0 || errno == ENOENT else { throw SystemError.last("remove \(path)") }
        }
    }

    package func body(of name: StoredName, bytes: Int) -> Response.Body { .file(path: path(of: name), range: nil) }

    package func link(to name: StoredName, _ presentation: Presentation, at now: Timestamp) -> String? { nil }

    package func pruneParts(before end: Timestamp) async throws {
        let root = "\(folder)/parts"
        try await threads.run {
            for upload in Files.names(in: root).map({ "\(root)/\($0)" }) {
                for part in Files.names(in: upload).map({ "\(upload)/\($0)" }) {
                    if let modified = Files.modified(part), modified < end { unlink(part) }
                }
                // Unless something is left in it.
                if let modified = Files.modified(upload), modified < end { rmdir(upload) }
            }
        }
    }

    package func shutDown() async {}
}
