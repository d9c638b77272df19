import CPostgres
import Glibc
import Runtime

/// How a connection is asked for from libpq.
enum PostgresLibrary {
    /// Begins a connection on a thread, since libpq resolves names where it is called. Answers the address of the
    /// handle, which has one owner: the caller.
    static func start(_ config: DatabaseConfig, _ threads: ThreadPool) async -> Result<UInt, PostgresError> {
        guard isUnderstood(config.url.exposed) else {
            // libpq's own message would quote the text, and the password with it.
            return .failure(PostgresError(.unusableServer, "the database's URL is not one that libpq understands"))
        }
        let settings = parameters(of: config)
        do {
            let address = try await threads.run { open(settings) }
            guard address != 0 else { return .failure(PostgresError(.unusableServer, "libpq is out of memory")) }
            return .success(address)
        } catch {
            return .failure(PostgresError(.connectionLost, "no thread to connect on: \(error)"))
        }
    }

    static func isUnderstood(_ url: String) -> Bool {
        var reason: UnsafeMutablePointer<CChar>?
        let options = PQconninfoParse(url, &reason)
        defer {
            PQconninfoFree(options)
            PQfreemem(reason)
        }
        return options != nil
    }

    /// What stands before the URL is a default it may override; what stands after it is not negotiable.
    private static func parameters(of config: DatabaseConfig) -> [(String, String)] {
        [
            ("fallback_application_name", config.applicationName),
            // A ticket cache is looked for on the disk before the first byte is sent.
            ("gssencmode", "disable"),
            ("keepalives_idle", "30"), ("keepalives_interval", "10"), ("keepalives_count", "3"),
            ("tcp_user_timeout", "30000"),
            ("dbname", config.url.exposed),
            ("client_encoding", "UTF8"),
        ]
    }

    private static func open(_ settings: [(String, String)]) -> UInt {
        let names = settings.map { strdup($0.0).map { UnsafePointer($0) } }
        let values = settings.map { strdup($0.1).map { UnsafePointer($0) } }
        defer { for text in names + values { free(UnsafeMutableRawPointer(mutating: text)) } }
        return UInt(bitPattern: PQconnectStartParams(names + [nil], values + [nil], 1))
    }
}

extension Connector {
    /// PostgreSQL 15, as libpq writes it.
    static var oldestVersion: Int { 150_000 }

    /// Sent as statements and not as start-up options, which PgBouncer refuses.
    static func sessionSettings(of config: DatabaseConfig) -> String {
        """
        set timezone = 'UTC'; set datestyle = 'ISO, YMD'; set intervalstyle = 'postgres'; \
        set standard_conforming_strings = on; set client_min_messages = error; \
        set statement_timeout = \(config.statementCeiling.milliseconds); \
        set idle_in_transaction_session_timeout = \(config.idleInTransactionLimit.milliseconds)
        """
    }
}

extension PostgresError {
    /// Sorts out what only an operator can mend from what heals by itself.
    static func connecting(failedWith message: String) -> PostgresError {
        let isHopeless = hopelessMessages.contains { message.contains($0) }
        return PostgresError(isHopeless ? .unusableServer : .connectionLost, message)
    }

    /// libpq hands out no SQLSTATE for a connection that failed, so the text has to do.
    private static var hopelessMessages: [String] {
        [
            "password authentication failed", "no password supplied", "authentication method", "no pg_hba.conf entry",
            "authentication failed for user", "is not permitted to log in", "\" does not exist",
        ]
    }
}
