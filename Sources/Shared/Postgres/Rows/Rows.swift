import CPostgres
import Glibc

/// The answer to a statement: its rows, or how many it changed.
public final class Rows: Sendable {
    /// libpq's result, owned by this object. A result is never changed once it is made, and the functions used here only
    /// read it, so any thread may.
    private nonisolated(unsafe) let result: OpaquePointer

    init(owning result: OpaquePointer) { self.result = result }

    deinit { PQclear(result) }

    /// How many rows an `insert`, `update`, `delete` or `select` touched.
    public var affected: Int { Int(String(cString: PQcmdTuples(result))) ?? 0 }

    /// `INSERT 0 1`, `ROLLBACK` and the like.
    var tag: String { String(cString: PQcmdStatus(result)) }

    public var columnCount: Int { Int(PQnfields(result)) }

    func name(of column: Int) -> String { String(cString: PQfname(result, Int32(column))) }

    /// The column's place; nil when there is none of that name.
    func position(of name: StaticString) -> Int? {
        let wanted = UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self)
        let count = name.utf8CodeUnitCount
        for column in 0..<PQnfields(result) {
            guard let found = PQfname(result, column) else { continue }
            if strncmp(found, wanted, count) == 0, found[count] == 0 { return Int(column) }
        }
        return nil
    }

    func cell(row: Int, column: Int) -> SQLCell {
        let (row, column) = (Int32(row), Int32(column))
        let type = PostgresType(PQftype(result, column))
        guard PQgetisnull(result, row, column) == 0 else { return SQLCell(type: type, bytes: nil) }
        let bytes = UnsafeRawBufferPointer(
            start: PQgetvalue(result, row, column), count: Int(PQgetlength(result, row, column)))
        return SQLCell(type: type, bytes: bytes)
    }
}

extension Rows: RandomAccessCollection {
    public var startIndex: Int { 0 }
    public var endIndex: Int { Int(PQntuples(result)) }

    public subscript(position: Int) -> Row {
        precondition(position >= 0 && position < endIndex, "no such row")
        return Row(rows: self, index: position)
    }
}
