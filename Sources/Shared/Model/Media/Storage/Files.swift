import Glibc
import Runtime

/// Files and folders of this machine. All of it blocks: it belongs on a thread.
package enum Files {
    package static func makeFolders(above path: String) throws { try makeFolder(folder(of: path)) }

    /// With those that it lies in.
    package static func makeFolder(_ path: String) throws {
        if mkdir(path, 0o700) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, path.contains("/") else { throw SystemError.last("make \(path)") }
        try makeFolders(above: path)
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw SystemError.last("make \(path)") }
    }

    package static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// Of a file its content, of a folder its names.
    package static func sync(_ path: String) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemError.last("open \(path)") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw SystemError.last("sync \(path)") }
    }

    package static func size(of path: String) throws -> Int { Int(try status(of: path).st_size) }

    package static func names(in folder: String) -> [String] {
        guard let handle = opendir(folder) else { return [] }
        defer { closedir(handle) }
        var names: [String] = []
        while let entry = readdir(handle) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    /// A folder with all that is in it. What is gone already is no error.
    package static func removeFolder(_ path: String) {
        for name in names(in: path) {
            let inner = "\(path)/\(name)"
            if unlink(inner) != 0, errno == EISDIR || errno == EPERM { removeFolder(inner) }
        }
        rmdir(path)
    }

    package static func modified(_ path: String) -> Timestamp? {
        (try? status(of: path)).map { Timestamp(seconds: Int64($0.st_mtim.tv_sec)) }
    }

    private static func status(of path: String) throws -> stat {
        var status = stat()
        guard lstat(path, &status) == 0 else { throw SystemError.last("look at \(path)") }
        return status
    }
}
