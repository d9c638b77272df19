/// Reads the elements of a one-dimensional array in the binary format.
struct SQLArrayReader {
    let count: Int
    private let type: PostgresType
    private let bytes: UnsafeRawBufferPointer
    private var position = 12
    private var taken = 0

    init(_ cell: SQLCell) throws(SQLMismatch) {
        bytes = try cell.value
        guard bytes.count >= 12 else { throw .wrongType }
        let dimensions = Self.int32(bytes, at: 0)
        type = PostgresType(UInt32(bitPattern: Self.int32(bytes, at: 8)))
        // A type of ours is an array only if it says so itself; of the known ones we know it.
        guard cell.type.isUserDefined || cell.type == type.arrayType else { throw .wrongType }
        guard dimensions != 0 else {
            count = 0
            return
        }
        guard dimensions == 1, bytes.count >= 20 else { throw .malformed("\(dimensions) dimensions") }
        count = Int(Self.int32(bytes, at: 12))
        guard count >= 0, count <= (bytes.count - 20) / 4 else { throw .malformed("\(count) elements") }
        position = 20
    }

    /// The next element; nil after the last.
    mutating func next() throws(SQLMismatch) -> SQLCell? {
        guard taken < count else { return nil }
        taken += 1
        guard position + 4 <= bytes.count else { throw .malformed("cut short") }
        let length = Int(Self.int32(bytes, at: position))
        position += 4
        guard length >= 0 else { return SQLCell(type: type, bytes: nil) }
        guard position + length <= bytes.count else { throw .malformed("cut short") }
        defer { position += length }
        return SQLCell(type: type, bytes: UnsafeRawBufferPointer(rebasing: bytes[position..<position + length]))
    }

    private static func int32(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> Int32 {
        Int32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Int32.self))
    }
}
