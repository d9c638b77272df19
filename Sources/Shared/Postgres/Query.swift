import Runtime

/// A read that is still to be run: a `select`, and what is made of its rows. Whoever answers with nothing else can leave
/// the running to others, who need no task for it.
public struct Query<Value>: Sendable {
    let statement: SQL
    let read: @Sendable (Rows) throws -> Value

    public init(_ statement: SQL, reading read: @escaping @Sendable (Rows) throws -> Value) {
        self.statement = statement
        self.read = read
    }

    public func map<Other>(_ transform: @escaping @Sendable (Value) throws -> Other) -> Query<Other> {
        Query<Other>(statement) { [read] rows in try transform(read(rows)) }
    }
}

extension Query {
    /// The first row, if there is one.
    public static func first<Row: RowDecodable>(_ statement: SQL) -> Self where Value == Row? {
        Self(statement) { rows in try rows.first.map { row in try Row(row: row) } }
    }

    public static func first<Column: SQLDecodable>(_ statement: SQL) -> Self where Value == Column? {
        Self(statement) { rows in try rows.first.map { row in try row.decodeTuple(as: Column.self) } }
    }

    public static func all<Row: RowDecodable>(_ statement: SQL) -> Self where Value == [Row] {
        Self(statement) { rows in try rows.map { row in try Row(row: row) } }
    }
}

extension SQLRunner {
    public func value<Value>(of query: Query<Value>) async throws -> Value {
        try query.read(try await read(query.statement, within: nil))
    }
}

extension Database {
    /// For code of a loop that has no task: `handle` gets the value there, in a turn of its own.
    public func value<Value>(
        of query: Query<Value>, on domain: isolated LoopDomain,
        then handle: @escaping (Result<Value, any Error>) -> Void
    ) {
        let read = query.read
        shard(of: domain.loop).perform(Order(.read(query.statement)), on: domain) { outcome in
            handle(Result { try read(outcome.get()) })
        }
    }
}
