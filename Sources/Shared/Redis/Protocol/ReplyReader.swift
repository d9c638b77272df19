import CHiredis
import Runtime

/// Turns the bytes of the server into answers, however they are cut. hiredis parses, `ReplyBuilder` keeps.
final class ReplyReader {
    /// hiredis drops what it has parsed by moving the rest forward each kilobyte; small portions keep the rest small.
    private static let portion = 8 << 10

    private let reader: UnsafeMutablePointer<redisReader>
    private let builder = ReplyBuilder()
    private let limit: Int
    /// Bytes fed since the last complete answer.
    private var incomplete = 0

    /// `limit` bounds the bytes of one answer.
    init(limit: Int = 1 << 30) {
        guard let reader = redisReaderCreateWithFunctions(builderFunctions) else { fatalError("out of memory") }
        self.reader = reader
        self.limit = limit
        reader.pointee.privdata = Unmanaged.passUnretained(builder).toOpaque()
    }

    deinit { redisReaderFree(reader) }

    /// Takes more bytes and gives each answer that is now complete; stops when `deliver` answers false.
    func feed(
        _ bytes: UnsafeRawBufferPointer, _ deliver: (consuming RedisValue) -> Bool
    ) throws(RedisError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let next = UnsafeRawBufferPointer(rebasing: rest.prefix(Self.portion))
            rest = rest.dropFirst(next.count)
            try append(next)
            while let value = try takeAnswer() {
                if !deliver(value) { return }
            }
        }
    }

    private func append(_ bytes: UnsafeRawBufferPointer) throws(RedisError) {
        incomplete += bytes.count
        guard incomplete <= limit else { throw .badProtocol(reason: "an answer of more than \(limit) bytes") }
        let start = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
        guard redisReaderFeed(reader, start, bytes.count) == REDIS_OK else { throw failure() }
    }

    private func takeAnswer() throws(RedisError) -> RedisValue? {
        var object: UnsafeMutableRawPointer?
        guard redisReaderGetReply(reader, &object) == REDIS_OK else { throw failure() }
        guard object != nil else { return nil }
        incomplete = reader.pointee.len - reader.pointee.pos
        return builder.finish()
    }

    private func failure() -> RedisError {
        let text = withUnsafeBytes(of: reader.pointee.errstr) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        // hiredis takes a refusal by our functions for lack of memory.
        let isRefusal = reader.pointee.err == REDIS_ERR_OOM
        return .badProtocol(reason: isRefusal ? "an answer that is too large or misshapen" : text)
    }
}
