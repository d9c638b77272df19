import Runtime

/// Where Redis is and how to talk to it.
public struct RedisOptions: Sendable {
    public var endpoint: Endpoint
    /// nil for a plain connection.
    public var tls: TLSClientContext?
    public var credentials: RedisCredentials?
    public var database = 0
    /// What `CLIENT LIST` shows; no spaces.
    public var clientName = "switchyard"

    /// The time limit of a call that names none.
    public var callLimit = Duration.seconds(5)
    /// For connecting and the handshake together.
    public var connectLimit = Duration.seconds(3)
    /// The wait before connecting again: it doubles from the first to the longest.
    public var firstBackoff = Duration.milliseconds(10)
    public var longestBackoff = Duration.milliseconds(1500)

    /// What one connection may have under way; calls beyond that wait in order.
    public var outstandingCommands = 16_384
    public var outstandingBytes = 32 << 20
    /// How many calls may wait so; more fail at once as overloaded.
    public var waitingCalls = 65_536
    /// A larger answer ends the connection.
    public var answerBytes = 1 << 30

    public var meters: RedisMeters?
    /// Shared by all that connect with these options.
    public var budget: ConnectionBudget?

    public init(endpoint: Endpoint) { self.endpoint = endpoint }
}

/// A password, and the user it belongs to if that is not the default one.
public struct RedisCredentials: Sendable, Hashable {
    public var user: String?
    public var password: Secret

    public init(user: String? = nil, password: Secret) {
        self.user = user
        self.password = password
    }
}

extension RedisOptions: CustomStringConvertible, CustomDebugStringConvertible {
    /// For logs: without the password.
    public var description: String {
        "\(endpoint)/\(database)\(tls == nil ? "" : " with TLS")\(credentials?.user.map { " as \($0)" } ?? "")"
    }

    public var debugDescription: String { description }
}
