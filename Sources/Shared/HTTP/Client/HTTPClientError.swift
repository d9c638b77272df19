import Runtime

/// Why there is no answer.
public enum HTTPClientError: Error, Equatable, Sendable {
    public enum TimeLimit: Sendable {
        /// Looking up the name, connecting, agreeing on TLS.
        case connect
        /// Nothing moved for too long.
        case idle
        /// All of it, with waiting for a turn and redirects.
        case total
    }

    /// The request itself: its URL or a header. Trying again is of no use.
    case invalidRequest(String)
    /// The guard does not let us go there.
    case refusedAddress(String)
    case timeout(TimeLimit)
    /// The answer is longer than `limit` bytes.
    case tooLarge(limit: Int)
    case tooManyRedirects(limit: Int)
    case refusedRedirect(String)
    case dns(String)
    case connection(String)
    case tls(String)
    /// The peer broke off, or does not speak HTTP.
    case brokenAnswer(String)
    case file(SystemError)
    case cancelled
    case shutDown
}
