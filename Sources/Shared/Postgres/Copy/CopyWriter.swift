/// Takes the rows of a `COPY`, a value for each column, and hands them on in pieces; it waits while the server is slower.
public final class CopyWriter {
    private let lease: Lease
    private var rows = SQLBytes(capacity: CopyWriter.piece + 1024)
    private var value = SQLBytes(capacity: 256)
    private static let piece = 64 * 1024

    init(on lease: Lease) { self.lease = lease }

    public func row<each Value: SQLEncodable>(_ values: repeat each Value) async throws {
        var isFirst = true
        for value in repeat each values {
            if !isFirst { rows.append(UInt8(ascii: "\t")) }
            isFirst = false
            append(value)
        }
        rows.append(UInt8(ascii: "\n"))
        if rows.bytes.count >= Self.piece { try await handOver() }
    }

    /// Sends what has gathered.
    func handOver() async throws {
        if let failure = rows.failure { throw PostgresError(.unsendable, failure.description) }
        guard !rows.bytes.isEmpty else { return }
        try await lease.shard.copy(rows.bytes, lease: lease.id)
        rows.clear()
    }

    private func append(_ value: some SQLEncodable) {
        guard !value.isSQLNull else { return rows.append("\\N" as StaticString) }
        self.value.clear()
        value.writeSQLText(into: &self.value)
        if let failure = self.value.failure { rows.fail(failure) }
        for byte in self.value.bytes { rows.append(escaped: byte) }
    }
}

extension SQLBytes {
    /// What the text format of `COPY` gives a meaning to.
    fileprivate mutating func append(escaped byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\\"): append("\\\\" as StaticString)
        case UInt8(ascii: "\t"): append("\\t" as StaticString)
        case UInt8(ascii: "\n"): append("\\n" as StaticString)
        case UInt8(ascii: "\r"): append("\\r" as StaticString)
        case 0: fail("a text with a zero byte cannot be stored as text")
        default: append(byte)
        }
    }
}
