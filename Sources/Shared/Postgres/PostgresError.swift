/// Why the database did not do what it was asked. Holds the statement's text, never its values.
public struct PostgresError: Error, Sendable {
    /// What kind of failure it was, and so who may do something about it.
    public enum Kind: Sendable, Equatable {
        /// The server refused the statement: see `sqlState`.
        case refused
        /// Not done within its limit. A change may still have happened if the statement had been sent.
        case timeout
        /// The connection broke after the statement was sent; whether it was done is unknown.
        case connectionLost
        /// The server cannot be used at all: wrong password, no such database, too old.
        case unusableServer
        /// Too many callers wait for a connection already.
        case poolExhausted
        /// The database, or the transaction, was closed before.
        case closed
        /// The statement could not be sent as it is.
        case unsendable
        /// The answer had more or fewer rows than the caller can take.
        case rowCount
    }

    public let kind: Kind
    public let message: String
    public var sqlState: SQLState?
    /// May quote values of the row; for the developer's eyes, never logged or shown.
    public var detail: String?
    public var hint: String?
    public var constraint: String?
    public var table: String?
    public var column: String?
    /// Counted in characters from 1, into `statement`.
    public var position: Int?
    public var statement: String?

    init(_ kind: Kind, _ message: String, statement: String? = nil) {
        self.kind = kind
        self.message = message
        self.statement = statement
    }
}

extension PostgresError {
    /// Whether a row like it was there already; with `constraint`, whether that one said so.
    public func isUniqueViolation(of constraint: String? = nil) -> Bool {
        sqlState == .uniqueViolation && (constraint == nil || constraint == self.constraint)
    }

    public func isForeignKeyViolation(of constraint: String? = nil) -> Bool {
        sqlState == .foreignKeyViolation && (constraint == nil || constraint == self.constraint)
    }

    public func isCheckViolation(of constraint: String? = nil) -> Bool {
        sqlState == .checkViolation && (constraint == nil || constraint == self.constraint)
    }

    /// Whether the whole transaction may succeed when it is run again.
    public var isWorthRetrying: Bool {
        sqlState == .serializationFailure || sqlState == .deadlockDetected || isStalePlan
    }

    /// A prepared statement that the server dropped, or whose table has changed since.
    var isStalePlan: Bool {
        sqlState == .invalidStatementName || sqlState == .featureNotSupported && message.hasPrefix("cached plan")
    }
}

extension PostgresError: CustomStringConvertible {
    public var description: String {
        var text = message
        if let sqlState { text += " (\(sqlState.rawValue))" }
        if let constraint { text += ", constraint \(constraint)" }
        if let hint { text += ", hint: \(hint)" }
        if let position { text += ", at character \(position)" }
        if let statement { text += ", in: \(statement)" }
        return text
    }
}

/// The five characters by which PostgreSQL names an error.
public struct SQLState: RawRepresentable, Hashable, Sendable {
    public let rawValue: String

    public init(rawValue: String) { self.rawValue = rawValue }

    public static let uniqueViolation = SQLState(rawValue: "23505")
    public static let foreignKeyViolation = SQLState(rawValue: "23503")
    public static let checkViolation = SQLState(rawValue: "23514")
    public static let notNullViolation = SQLState(rawValue: "23502")
    public static let exclusionViolation = SQLState(rawValue: "23P01")
    public static let serializationFailure = SQLState(rawValue: "40001")
    public static let deadlockDetected = SQLState(rawValue: "40P01")
    public static let lockNotAvailable = SQLState(rawValue: "55P03")
    public static let queryCanceled = SQLState(rawValue: "57014")
    public static let invalidStatementName = SQLState(rawValue: "26000")
    public static let featureNotSupported = SQLState(rawValue: "0A000")
    public static let inFailedTransaction = SQLState(rawValue: "25P02")
    public static let readOnlyTransaction = SQLState(rawValue: "25006")
    public static let undefinedTable = SQLState(rawValue: "42P01")

    /// Wrong password or role, no such database: waiting will not help.
    var refusesLogin: Bool { rawValue.hasPrefix("28") || rawValue == "3D000" }
}
