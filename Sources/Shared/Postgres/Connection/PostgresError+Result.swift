import CPostgres

extension PostgresError {
    /// What a result that reports a failure says.
    init(result: OpaquePointer, statement: String) {
        func field(_ code: Unicode.Scalar) -> String? {
            PQresultErrorField(result, Int32(code.value)).map { String(cString: $0) }
        }
        self.init(
            .refused, field("M") ?? Self.trimmed(PQresultErrorMessage(result)), statement: statement)
        sqlState = field("C").map(SQLState.init(rawValue:))
        detail = field("D")
        hint = field("H")
        constraint = field("n")
        table = field("t")
        column = field("c")
        position = field("P").flatMap { Int($0) }
    }

    /// What libpq last had to say of a connection, on one line.
    static func lastMessage(of handle: OpaquePointer) -> String { trimmed(PQerrorMessage(handle)) }

    private static func trimmed(_ text: UnsafePointer<CChar>?) -> String {
        guard let text else { return "no reason given" }
        let lines = String(cString: text).split { $0.isNewline || $0 == "\t" }
        return lines.isEmpty ? "no reason given" : lines.joined(separator: " ")
    }
}
