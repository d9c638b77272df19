/// `OTEL_*`: where spans are sent, and which.
public struct TraceConfig: ConfigGroup {
    /// Where spans are posted; nil: nowhere, and nothing is recorded.
    public let collector: String?
    public let sampling: TraceSampling
    /// Sent along, to be let in: `name=value`, between commas.
    public let headers: [(name: String, value: Secret)]
    /// What the process is called there, if not by its own name.
    public let service: String?
    public let delay: Duration

    public init(from reader: inout ConfigReader) {
        let base = reader.readIfSet("OTEL_EXPORTER_OTLP_ENDPOINT", or: ["OTLP_ENDPOINT"], .url("http", "https"))
        let exact = reader.readIfSet("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", .url("http", "https"))
        collector = exact?.exposed ?? base.map { Self.address(below: $0.exposed) }
        let rule = reader.read(
            "OTEL_TRACES_SAMPLER", .choice(TraceSampling.Rule.parentOrRatio), default: .parentOrRatio)
        let ratio = reader.read("OTEL_TRACES_SAMPLER_ARG", .double(in: 0...1), default: 0.01)
        sampling = TraceSampling(rule, ratio: ratio)
        let pairs = reader.readIfSet("OTEL_EXPORTER_OTLP_HEADERS", .list(of: .secret())) ?? []
        headers = pairs.compactMap { pair in
            let parts = pair.exposed.split(separator: "=", maxSplits: 1).map(String.init)
            return parts.count == 2 ? (parts[0], Secret(parts[1])) : nil
        }
        if headers.count < pairs.count {
            reader.complain("OTEL_EXPORTER_OTLP_HEADERS", "has what is no name=value", example: "authorization=…")
        }
        service = reader.readIfSet("OTEL_SERVICE_NAME", .text)
        delay = reader.read(
            "OTEL_BSP_SCHEDULE_DELAY", .duration(unit: .milliseconds, in: .milliseconds(10) ... .minutes(5)),
            default: .seconds(5))
    }

    private static func address(below base: String) -> String {
        (base.hasSuffix("/") ? base : base + "/") + "v1/traces"
    }
}
