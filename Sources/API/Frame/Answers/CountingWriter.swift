import HTTP
import Synchronization

/// Counts what is written through it.
final class CountingWriter: BodyWriter {
    private let writer: any BodyWriter
    private let count = Atomic<Int>(0)

    init(_ writer: any BodyWriter) { self.writer = writer }

    var bytes: Int { count.load(ordering: .relaxed) }

    func write(_ bytes: [UInt8]) async throws {
        try await writer.write(bytes)
        count.wrappingAdd(bytes.count, ordering: .relaxed)
    }
}
