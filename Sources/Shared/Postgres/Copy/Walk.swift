extension Transaction {
    /// Goes through the rows of an answer that is too large to hold, some hundred at a time.
    public func forEach<Value: RowDecodable>(
        _ statement: SQL, as type: Value.Type = Value.self, _ body: (Value) async throws -> Void
    ) async throws {
        try await walk(statement) { row in try await body(try Value(row: row)) }
    }

    /// The same by position, for a single column.
    public func forEach<Value: SQLDecodable>(
        _ statement: SQL, as type: Value.Type = Value.self, _ body: (Value) async throws -> Void
    ) async throws {
        try await walk(statement) { row in try await body(try row.decodeTuple(as: Value.self)) }
    }

    private func walk(_ statement: SQL, _ body: (Row) async throws -> Void) async throws {
        try await run("declare walk no scroll cursor for \(statement)")
        while true {
            // Not prepared: its columns are those of whatever the cursor is for.
            let rows = try await perform(.command("fetch 500 from walk"))
            if rows.isEmpty { break }
            for row in rows { try await body(row) }
        }
        _ = try await perform(.command("close walk"))
    }
}

extension Database {
    /// Goes through the rows of an answer that is too large to hold, as they all were at one moment.
    public func forEach<Value: RowDecodable>(
        _ statement: SQL, as type: Value.Type = Value.self, _ body: (Value) async throws -> Void
    ) async throws {
        try await transaction(.readOnly, attempts: 1) { try await $0.forEach(statement, as: type, body) }
    }
}
