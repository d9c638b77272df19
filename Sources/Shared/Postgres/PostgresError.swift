/// Why the database did not do what it was asked. Holds the statement's text, never its values.
package struct PostgresError: Error, Sendable {
    /// What kind of failure it was, and so who may do something about it.
    package enum Kind: Sendable, Equatable {
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

    package let kind: Kind
    package let message: String
    package var sqlState: SQLState?
    /// May quote values of the row; for the developer's eyes, never logged or shown.
    package var detail: String?
    package var hint: String?
    package var constraint: String?
    package var table: String?
    package var column: String?
    /// Counted in characters from 1, into `statement`.
    package var position: Int?
    package var statement: String?

    init(_ kind: Kind, _ message: String, statement: String? = nil) {
        self.kind = kind
        self.message = message
        self.statement = statement
    }
}

extension PostgresError {
    /// Whether a row like it was there already; with `constraint`, whether that one said so.
    package func isUniqueViolation(of constraint: String? = nil) -> Bool {
        sqlState == .uniqueViolation && (constraint == nil || constraint == self.constraint)
    }

    package func isForeignKeyViolation(of constraint: String? = nil) -> Bool {
        sqlState == .foreignKeyViolation && (constraint == nil || constraint == self.constraint)
    }

    package func isCheckViolation(of constraint: String? = nil) -> Bool {
        sqlState == .checkViolation && (constraint == nil || constraint == self.constraint)
    }

    /// Whether the whole transaction may succeed when it is run again.
    package var isWorthRetrying: Bool {
        sqlState == .serializationFailure || sqlState == .deadlockDetected || isStalePlan
    }

    /// A prepared statement that the server dropped, or whose table has changed since.
    var isStalePlan: Bool {
        sqlState == .invalidStatementName || sqlState == .featureNotSupported && message.hasPrefix("cached plan")
    }
}

extension PostgresError: CustomStringConvertible {
    package var description: String {
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
package struct SQLState: RawRepresentable, Hashable, Sendable {
    package let rawValue: String

    package init(rawValue: String) { self.rawValue = rawValue }

    package static let uniqueViolation = SQLState(rawValue: "23505")
    package static let foreignKeyViolation = SQLState(rawValue: "23503")
    package static let checkViolation = SQLState(rawValue: "23514")
    package static let notNullViolation = SQLState(rawValue: "23502")
    package static let exclusionViolation = SQLState(rawValue: "23P01")
    package static let serializationFailure = SQLState(rawValue: "40001")
    package static let deadlockDetected = SQLState(rawValue: "40P01")
    package static let lockNotAvailable = SQLState(rawValue: "55P03")
    package static let queryCanceled = SQLState(rawValue: "57014")
    package static let invalidStatementName = SQLState(rawValue: "26000")
    package static let featureNotSupported = SQLState(rawValue: "0A000")
    package static let inFailedTransaction = SQLState(rawValue: "25P02")
    package static let readOnlyTransaction = SQLState(rawValue: "25006")
    package static let undefinedTable = SQLState(rawValue: "42P01")

    /// Wrong password or role, no such database: waiting will not help.
    var refusesLogin: Bool { rawValue.hasPrefix("28") || rawValue == "3D000" }
}
