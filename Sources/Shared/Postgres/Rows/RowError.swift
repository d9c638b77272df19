/// A column that is not there, or is not what the reader expected.
public struct RowError: Error, Equatable, CustomStringConvertible {
    /// The column's name, or its number counted from 1.
    public let column: String
    public let wanted: String
    public let problem: String

    public var description: String { "column \(column): wanted \(wanted), \(problem)" }

    init(column: String, wanted: String, problem: String) {
        self.column = column
        self.wanted = wanted
        self.problem = problem
    }

    init(column: String, wanted: Any.Type, cell: SQLCell, mismatch: SQLMismatch) {
        let problem =
            switch mismatch {
            case .null: "found NULL"
            case .wrongType: "found \(cell.type)"
            case .outOfRange: "found \(cell.type) outside its range"
            case .malformed(let reason): "found \(cell.type) that does not fit: \(reason)"
            }
        self.init(column: column, wanted: Self.name(of: wanted), problem: problem)
    }

    /// A NULL was fine, so it is no part of what was wanted.
    private static func name(of type: Any.Type) -> String {
        let name = "\(type)"
        return name.hasPrefix("Optional<") ? String(name.dropFirst("Optional<".count).dropLast()) : name
    }
}
