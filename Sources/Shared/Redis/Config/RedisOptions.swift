import Runtime

/// Where Redis is and how to talk to it.
package struct RedisOptions: Sendable {
    package var endpoint: Endpoint
    /// nil for a plain connection.
    package var tls: TLSClientContext?
    package var credentials: RedisCredentials?
    package var database = 0
    /// What `CLIENT LIST` shows; no spaces.
    package var clientName = "switchyard"

    /// The time limit of a call that names none.
    package var callLimit = Duration.seconds(5)
    /// For connecting and the handshake together.
    package var connectLimit = Duration.seconds(3)
    /// The wait before connecting again: it doubles from the first to the longest.
    package var firstBackoff = Duration.milliseconds(10)
    package var longestBackoff = Duration.milliseconds(1500)

    /// What one connection may have under way; calls beyond that wait in order.
    package var outstandingCommands = 16_384
    package var outstandingBytes = 32 << 20
    /// How many calls may wait so; more fail at once as overloaded.
    package var waitingCalls = 65_536
    /// A larger answer ends the connection.
    package var answerBytes = 1 << 30

    package var meters: RedisMeters?
    /// Shared by all that connect with these options.
    package var budget: ConnectionBudget?

    package init(endpoint: Endpoint) { self.endpoint = endpoint }
}

/// A password, and the user it belongs to if that is not the default one.
package struct RedisCredentials: Sendable, Hashable {
    package var user: String?
    package var password: Secret

    package init(user: String? = nil, password: Secret) {
        self.user = user
        self.password = password
    }
}

extension RedisOptions: CustomStringConvertible, CustomDebugStringConvertible {
    /// For logs: without the password.
    package var description: String {
        "\(endpoint)/\(database)\(tls == nil ? "" : " with TLS")\(credentials?.user.map { " as \($0)" } ?? "")"
    }

    package var debugDescription: String { description }
}
