import CSystem

/// What every process reads, whatever its work.
public struct ProcessConfig: ConfigGroup {
    /// Production refuses defaults of secrets and does not read `.env`.
    public enum Environment: String, Sendable, CaseIterable {
        case development, test, production
    }

    private enum Format: String, Sendable, CaseIterable {
        case auto, json, text
    }

    public let environment: Environment
    /// The product's name where people see it.
    public let name: String
    public let logLevel: LogLevel
    /// Nil: text where a person watches, JSON elsewhere.
    public let logFormat: LogFormat?
    /// Where `/metrics` and the health checks are served; nil: nowhere.
    public let metricsListen: Endpoint?
    /// How long a stop may take before the process ends all the same.
    public let gracePeriod: Duration
    /// Event loops, each a thread.
    public let loops: Int
    public let traces: TraceConfig

    public init(from reader: inout ConfigReader) {
        environment = reader.read("APP_ENV", or: ["NODE_ENV"], .choice(.development), default: .development)
        name = reader.read("APP_NAME", .text, default: "Switchyard")
        logLevel = reader.read("LOG_LEVEL", .logLevel, default: .info)
        logFormat =
            switch reader.read("LOG_FORMAT", .choice(Format.json), default: .auto) {
            case .auto: nil
            case .json: .json
            case .text: LogWriter.textFormat(for: 1)
            }
        metricsListen = reader.readIfSet("METRICS_LISTEN", .endpoint)
        gracePeriod = reader.read(
            "GRACE_PERIOD", .duration(unit: .seconds, in: .seconds(1) ... .hours(1)), default: .seconds(25))
        loops = reader.read("LOOPS", .int(in: 1...256), default: max(1, Int(csystem_cpu_count())))
        traces = TraceConfig(from: &reader)
    }
}

extension Setting where Value == LogLevel {
    public static let logLevel = Setting(
        example: "info", placeholder: .info, show: { "\($0.name)" }
    ) { text throws(ConfigMistake) in
        switch text.lowercased() {
        case "debug", "trace", "verbose": return .debug
        case "info", "notice": return .info
        case "warning", "warn": return .warning
        case "error", "fatal", "critical": return .error
        default: throw ConfigMistake("is not one of debug, info, warning, error")
        }
    }
}
