import Glibc
import Synchronization

/// What a process has before its own parts are made.
public struct Launch: Sendable {
    /// The name in the Procfile.
    public let process: String
    public let config: ProcessConfig
    public let log: Logger
    public let logWriter: LogWriter
    public let metrics: MetricsRegistry
    public let loops: LoopGroup
    public let lifecycle: Lifecycle
    public let readiness: ReadinessChecks
    /// Nil where no collector is configured.
    public let tracer: Tracer?
    private let health: HealthParts

    /// Makes what serves a process's health. Given by the executable, since HTTP lies above this module.
    public typealias HealthParts = @Sendable (Launch) -> [any LifecycleComponent]

    /// The whole life of a process: reads its configuration, makes its parts, runs them until a signal, ends.
    ///
    /// `parts` runs on an event loop; what it throws ends the process as a failed start does. `health` starts before
    /// them and stops after them.
    public static func run<Config: ConfigGroup>(
        _ process: String, version: String = "dev", environment: ConfigEnvironment = .ofProcess(),
        _ config: Config.Type, health: @escaping HealthParts = { _ in [] },
        parts: @escaping @Sendable (Config, Launch) async throws -> [any LifecycleComponent]
    ) -> Never {
        let (own, config) = readConfig(environment, Config.self)
        let launch = Launch(process, version: version, own, health)
        let outcome = Mutex(ExitCode.software)
        let ended = Semaphore()
        launch.loops.loops[0].spawn {
            let code = await launch.live { try await parts(config, launch) }
            outcome.withLock { $0 = code }
            ended.signal()
        }
        // The main thread only waits: nothing here may need the main actor.
        ended.wait()
        launch.logWriter.end(outcome.withLock { $0 })
    }

    private init(_ process: String, version: String, _ config: ProcessConfig, _ health: @escaping HealthParts) {
        self.process = process
        self.health = health
        self.config = config
        raiseDescriptorLimit()
        let writer = LogWriter(process: process, format: config.logFormat ?? LogWriter.suitableFormat(for: 1))
        CrashFlush.install()
        logWriter = writer
        log = Logger(level: config.logLevel, sink: writer)
        metrics = MetricsRegistry()
        readiness = ReadinessChecks(log: log)
        let metrics = metrics
        tracer = config.traces.collector.map { _ in Tracer(config.traces.sampling, metrics: metrics) }
        ProcessMetrics.register(in: metrics, process: process, version: version, log: writer)
        lifecycle = Lifecycle(gracePeriod: config.gracePeriod, log: log) { writer.end($0) }
        lifecycle.catchSignals()
        loops = LoopGroup(count: config.loops)
        log.info("starting", ["version": .string(version), "loops": .int(config.loops), "pid": .int(getpid())])
    }

    private func live(_ parts: () async throws -> [any LifecycleComponent]) async -> ExitCode {
        do {
            let watch = LoopWatch(loops, metrics)
            return await lifecycle.run([watch] + health(self) + (try await parts()))
        } catch {
            log.error("cannot start", ["error": .error(error)])
            return error is ConfigError ? .config : .software
        }
    }

    /// Ends the process when anything is wrong, with a line per complaint.
    private static func readConfig<Config: ConfigGroup>(
        _ environment: ConfigEnvironment, _ config: Config.Type
    ) -> (ProcessConfig, Config) {
        var reader = ConfigReader(environment)
        let own = ProcessConfig(from: &reader)
        let config = Config(from: &reader)
        do throws(ConfigError) {
            try reader.finish()
        } catch {
            var text = "\(error)\n"
            text.withUTF8 { _ = write(2, $0.baseAddress, $0.count) }
            _exit(ExitCode.config.rawValue)
        }
        return (own, config)
    }
}

extension LogWriter {
    /// Ends the process. Without `exit`'s cleaning up, which would take things from under threads that still run.
    public func end(_ code: ExitCode) -> Never {
        flush()
        fflush(nil)
        _exit(code.rawValue)
    }
}

/// As many descriptors as the machine lets us have: a connection is one.
private func raiseDescriptorLimit() {
    var limit = rlimit()
    let files = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    guard getrlimit(files, &limit) == 0 else { return }
    limit.rlim_cur = limit.rlim_max
    _ = setrlimit(files, &limit)
}
