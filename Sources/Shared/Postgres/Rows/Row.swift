/// A value that is made from a row by the names of its columns.
public protocol RowDecodable: Sendable {
    init(row: Row) throws(RowError)
}

/// One row of an answer.
public struct Row: Sendable {
    let rows: Rows
    let index: Int

    public subscript<Value: SQLDecodable>(_ column: StaticString) -> Value {
        get throws(RowError) { try decode(column, as: Value.self) }
    }

    public subscript<Value: SQLDecodable>(at position: Int) -> Value {
        get throws(RowError) { try decode(at: position, as: Value.self) }
    }

    public func decode<Value: SQLDecodable>(_ column: StaticString, as type: Value.Type) throws(RowError) -> Value {
        guard let position = rows.position(of: column) else {
            throw RowError(column: "\"\(column)\"", wanted: "\(Value.self)", problem: "there is no such column")
        }
        return try decode(at: position, as: type)
    }

    public func decode<Value: SQLDecodable>(at position: Int, as type: Value.Type) throws(RowError) -> Value {
        guard position >= 0, position < rows.columnCount else {
            throw RowError(
                column: "\(position + 1)", wanted: "\(Value.self)", problem: "there are \(rows.columnCount) columns")
        }
        let cell = rows.cell(row: index, column: position)
        do {
            return try Value.decode(cell)
        } catch {
            throw RowError(
                column: "\"\(rows.name(of: position))\"", wanted: Value.self, cell: cell, mismatch: error)
        }
    }

    /// All columns in order, as a tuple of as many values.
    func decodeTuple<each Value: SQLDecodable>(
        as types: repeat (each Value).Type
    ) throws(RowError) -> (repeat each Value) {
        var width = 0
        for _ in repeat (each Value).self { width += 1 }
        guard width == rows.columnCount else {
            throw RowError(
                column: "\(min(width, rows.columnCount) + 1)", wanted: "\((repeat each Value).self)",
                problem: "there are \(rows.columnCount) columns")
        }
        var position = 0
        func next<Next: SQLDecodable>(_ type: Next.Type) throws(RowError) -> Next {
            defer { position += 1 }
            return try decode(at: position, as: type)
        }
        return (repeat try next((each Value).self))
    }
}
