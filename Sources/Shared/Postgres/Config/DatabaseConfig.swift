import Runtime

/// Where the database is and how hard it may be used.
public struct DatabaseConfig: Sendable {
    /// `postgres://user:password@host/name` as libpq reads it. Holds the password, so it is never printed.
    public var url: Secret
    /// Connections of this process, spread over its loops; each loop has at least one.
    public var poolSize = 10
    /// Connections per loop that stay open without work.
    public var minimumPerLoop = 1
    /// Shows in `pg_stat_activity`.
    public var applicationName = "switchyard"

    public var connectLimit: Duration = .seconds(5)
    /// How long a caller waits for a connection.
    public var waitLimit: Duration = .seconds(5)
    /// Once no connection has been had for so long, callers are refused at once, until there is one again; nil: they wait,
    /// each for `waitLimit`. For processes whose callers wait for an answer themselves.
    public var refusesAfter: Duration?
    /// How long a statement may take when the caller does not say.
    public var statementLimit: Duration = .seconds(10)
    /// A statement that took longer is logged; nil logs none.
    public var slowStatement: Duration? = .seconds(1)
    /// After which the server ends a statement by itself, should we be gone.
    public var statementCeiling: Duration = .minutes(5)
    public var idleInTransactionLimit: Duration = .minutes(1)
    /// How long a cancelled statement may go on before its connection is closed.
    public var cancelGrace: Duration = .seconds(2)
    /// After which an unused connection above the minimum is closed.
    public var idleLimit: Duration = .minutes(5)
    /// Callers per loop that may wait for a connection.
    public var waitersPerLoop = 10_000
    /// Statements on their way on one connection.
    public var pipelineDepth = 64

    public init(url: String) { self.url = Secret(url) }
}

extension DatabaseConfig: CustomStringConvertible {
    public var description: String { "database \(applicationName), pool of \(poolSize)" }
}
