/// What statements can be run on: the database itself, or a transaction.
public protocol SQLRunner: Sendable {
    /// The statement's whole answer. `limit` is how long it may take, waiting for a connection included.
    func query(_ statement: SQL, within limit: Duration?) async throws -> Rows
    /// The same for a statement that is run for its rows. The database sends those of one turn together.
    func read(_ statement: SQL, within limit: Duration?) async throws -> Rows
}

extension SQLRunner {
    public func read(_ statement: SQL, within limit: Duration?) async throws -> Rows {
        try await query(statement, within: limit)
    }

    public func query(_ statement: SQL) async throws -> Rows { try await query(statement, within: nil) }

    /// Runs a statement whose rows do not matter; how many rows it touched.
    @discardableResult
    public func run(_ statement: SQL, within limit: Duration? = nil) async throws -> Int {
        try await query(statement, within: limit).affected
    }

    // MARK: By name

    public func all<Value: RowDecodable>(
        _ statement: SQL, as type: Value.Type = Value.self, within limit: Duration? = nil
    ) async throws -> [Value] {
        try await read(statement, within: limit).map { row in try Value(row: row) }
    }

    /// The first row, if there is one.
    public func first<Value: RowDecodable>(
        _ statement: SQL, as type: Value.Type = Value.self, within limit: Duration? = nil
    ) async throws -> Value? {
        try await read(statement, within: limit).first.map { row in try Value(row: row) }
    }

    /// The only row; any other number of rows is an error.
    public func one<Value: RowDecodable>(
        _ statement: SQL, as type: Value.Type = Value.self, within limit: Duration? = nil
    ) async throws -> Value {
        try Value(row: try await read(statement, within: limit).only(of: statement))
    }

    // MARK: One column

    public func all<Value: SQLDecodable>(
        _ statement: SQL, as type: Value.Type = Value.self, within limit: Duration? = nil
    ) async throws -> [Value] {
        try await read(statement, within: limit).map { row in try row.decodeTuple(as: Value.self) }
    }

    public func first<Value: SQLDecodable>(
        _ statement: SQL, as type: Value.Type = Value.self, within limit: Duration? = nil
    ) async throws -> Value? {
        try await read(statement, within: limit).first.map { row in try row.decodeTuple(as: Value.self) }
    }

    public func one<Value: SQLDecodable>(
        _ statement: SQL, as type: Value.Type = Value.self, within limit: Duration? = nil
    ) async throws -> Value {
        try await read(statement, within: limit).only(of: statement).decodeTuple(as: Value.self)
    }

    // MARK: Several columns, by position

    public func all<First: SQLDecodable, Second: SQLDecodable, each Rest: SQLDecodable>(
        _ statement: SQL, as type: (First, Second, repeat each Rest).Type = (First, Second, repeat each Rest).self,
        within limit: Duration? = nil
    ) async throws -> [(First, Second, repeat each Rest)] {
        try await read(statement, within: limit).map { row in
            try row.decodeTuple(as: First.self, Second.self, repeat (each Rest).self)
        }
    }

    public func first<First: SQLDecodable, Second: SQLDecodable, each Rest: SQLDecodable>(
        _ statement: SQL, as type: (First, Second, repeat each Rest).Type = (First, Second, repeat each Rest).self,
        within limit: Duration? = nil
    ) async throws -> (First, Second, repeat each Rest)? {
        try await read(statement, within: limit).first.map { row in
            try row.decodeTuple(as: First.self, Second.self, repeat (each Rest).self)
        }
    }

    public func one<First: SQLDecodable, Second: SQLDecodable, each Rest: SQLDecodable>(
        _ statement: SQL, as type: (First, Second, repeat each Rest).Type = (First, Second, repeat each Rest).self,
        within limit: Duration? = nil
    ) async throws -> (First, Second, repeat each Rest) {
        try await read(statement, within: limit).only(of: statement)
            .decodeTuple(as: First.self, Second.self, repeat (each Rest).self)
    }
}

extension Rows {
    fileprivate func only(of statement: SQL) throws(PostgresError) -> Row {
        guard count == 1 else {
            throw PostgresError(.rowCount, "wanted one row, found \(count)", statement: statement.text)
        }
        return self[0]
    }
}
