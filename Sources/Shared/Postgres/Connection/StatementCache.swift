/// A statement that one connection's server knows by a short name.
final class PreparedStatement {
    let statement: SQL
    let name: String
    /// Whether the server has been told, or is about to be.
    var isSent = false
    var lastUse = 0
    /// Whether it looked like a read and was found to write.
    var isWriter = false
    /// Whether it was done in a moment when it last ran by itself, so that others may wait for it.
    var isQuick = false

    init(_ statement: SQL, number: Int) {
        self.statement = statement
        name = "s\(number)"
    }
}

/// The prepared statements of one connection, the longest unused of which is forgotten when there are too many.
struct StatementCache {
    private var known: [UInt64: [PreparedStatement]] = [:]
    private(set) var count = 0
    private var uses = 0
    private var lastNumber = 0
    let limit: Int

    init(limit: Int = 512) { self.limit = limit }

    /// The statement's entry, if it has one.
    func known(_ statement: SQL) -> PreparedStatement? {
        known[statement.fingerprint]?.first { $0.statement.isSameStatement(as: statement) }
    }

    /// The statement's entry, made when it is new. Also answers the entry that had to go for it.
    mutating func entry(for statement: SQL) -> (entry: PreparedStatement, evicted: PreparedStatement?) {
        uses += 1
        if let entry = known(statement) {
            entry.lastUse = uses
            return (entry, nil)
        }
        let evicted = count < limit ? nil : evictOldest()
        lastNumber += 1
        let entry = PreparedStatement(statement, number: lastNumber)
        entry.lastUse = uses
        known[statement.fingerprint, default: []].append(entry)
        count += 1
        return (entry, evicted)
    }

    mutating func forget(_ entry: PreparedStatement) {
        let fingerprint = entry.statement.fingerprint
        guard let place = known[fingerprint]?.firstIndex(where: { $0 === entry }) else { return }
        known[fingerprint]?.remove(at: place)
        if known[fingerprint]?.isEmpty == true { known[fingerprint] = nil }
        count -= 1
    }

    private mutating func evictOldest() -> PreparedStatement? {
        let oldest = known.values.joined().min { $0.lastUse < $1.lastUse }
        if let oldest { forget(oldest) }
        return oldest
    }
}
