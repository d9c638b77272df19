/// A Lua script: called by the digest of its text, sent as a whole only to a server that does not know it yet.
public struct RedisScript: Sendable, Hashable {
    public let source: String
    /// SHA-1 in hexadecimal, as EVALSHA wants it.
    public let digest: String

    public init(_ source: String) {
        self.source = source
        digest = SHA1.hexadecimal([UInt8](source.utf8))
    }

    public static func == (one: RedisScript, other: RedisScript) -> Bool { one.digest == other.digest }

    public func hash(into hasher: inout Hasher) { hasher.combine(digest) }
}

extension RedisScript {
    /// Begins a call of a script that the server knows (`load`); keys and arguments are appended by the caller.
    public func begin(keys: Int, expecting arguments: Int, to writer: inout CommandWriter) {
        write(.digest, keys: keys, expecting: arguments, to: &writer)
    }

    enum Form { case digest, source }

    func write(_ form: Form, keys: Int, expecting arguments: Int, to writer: inout CommandWriter) {
        switch form {
        case .digest:
            writer.command("EVALSHA", expecting: arguments + 2)
            writer.append(digest)
        case .source:
            writer.command("EVAL", expecting: arguments + 2)
            writer.append(source)
        }
        writer.append(keys)
    }
}
