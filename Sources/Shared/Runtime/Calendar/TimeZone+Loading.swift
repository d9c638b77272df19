import Glibc
import Synchronization

/// Why a name stands for no time zone.
public enum TimeZoneError: Error, Hashable, Sendable, CustomStringConvertible {
    case malformedName(String)
    case unknown(String)
    case unreadable(String, reason: String)

    public var description: String {
        switch self {
        case .malformedName(let name): "`\(name)` is no name of a time zone, such as Europe/Berlin or UTC"
        case .unknown(let name): "the time zone \(name) is not known here (is the package tzdata installed?)"
        case .unreadable(let name, let reason): "the file of the time zone \(name) cannot be read: \(reason)"
        }
    }
}

extension TimeZone {
    private static let known = Mutex<[String: TimeZone]>(["UTC": .utc])

    /// Reads the zone's file, a few KB, when the process asks for it the first time.
    public init(_ name: String) throws(TimeZoneError) {
        if let zone = Self.known.withLock({ $0[name] }) {
            self = zone
            return
        }
        let zone = try TimeZone(named: name, in: "/usr/share/zoneinfo")
        Self.known.withLock { $0[name] = zone }
        self = zone
    }

    init(named name: String, in folder: String) throws(TimeZoneError) {
        guard Self.isWellFormed(name) else { throw .malformedName(name) }
        do {
            let contents = try TextFile.contents(of: "\(folder)/\(name)", limit: 64 * 1024)
            var file = ZoneFile(contents.toArray())
            self.init(name: name, clock: try file.clock())
        } catch let error as ZoneFile.Malformed {
            throw .unreadable(name, reason: error.reason)
        } catch let error as SystemError where [ENOENT, EISDIR, ENOTDIR].contains(error.code) {
            throw .unknown(name)
        } catch {
            throw .unreadable(name, reason: "\(error)")
        }
    }

    /// Letters, digits, `_`, `+`, `-` between single slashes: neither a path out of the folder nor a file that is no
    /// zone, as all of these have a dot in their names.
    private static func isWellFormed(_ name: String) -> Bool {
        guard name.utf8.count <= 64 else { return false }
        let parts = name.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        return parts.allSatisfy { part in
            !part.isEmpty && part.allSatisfy { isAlphanumeric($0) || "_+-".utf8.contains($0) }
        }
    }
}

private func isAlphanumeric(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
}
