import Runtime

/// How long others take to answer us, and how they answer: by who they are and what came of it.
public struct ProviderMeters: Sendable {
    private let durations: Family<Histogram>
    /// Who is asked, unless the request says it.
    private let provider: String

    public init(_ metrics: MetricsRegistry, _ provider: String) {
        durations = metrics.histograms(
            "provider_request_duration_seconds",
            "From asking somebody else to the answer, or to giving up, by who it is and what came of it.",
            labels: ["provider", "outcome"])
        self.provider = provider
    }

    public func observe(_ outcome: String, since start: MonotonicTime, by provider: String? = nil) {
        durations.with(provider ?? self.provider, outcome).observe(since: start)
    }
}

extension HTTPClientError {
    /// As metrics say it: few words.
    var outcome: String {
        switch self {
        case .timeout: "timeout"
        case .dns, .connection, .tls: "unreachable"
        case .cancelled, .shutDown: "cancelled"
        case .brokenAnswer, .tooLarge: "broken"
        case .invalidRequest, .refusedAddress, .tooManyRedirects, .refusedRedirect, .file: "refused_here"
        }
    }
}
