import Runtime

/// Tokens that let us in somewhere: for how long they are good, and whether we get them.
struct TokenMeters: Sendable {
    private let end: Gauge
    private let fetches: Counter
    private let failures: Counter

    init(_ metrics: MetricsRegistry, _ provider: String) {
        end = metrics.gauges(
            "provider_token_renewal_timestamp_seconds",
            "When the token for a provider is to be renewed; it is, when somebody next needs it.", labels: ["provider"]
        ).with(provider)
        let all = metrics.counters(
            "provider_token_fetches_total", "Tokens asked for, or made, by what came of it.",
            labels: ["provider", "outcome"])
        fetches = all.with(provider, "fetched")
        failures = all.with(provider, "failed")
    }

    func fetched(usableFor span: Duration) {
        fetches.add()
        end.set((Timestamp.now + span).inSeconds)
    }

    func failed() { failures.add() }
}
