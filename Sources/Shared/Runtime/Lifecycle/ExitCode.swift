/// How a process ends, for those who started it; numbers as sysexits.h and shells have them.
public struct ExitCode: RawRepresentable, Hashable, Sendable {
    public let rawValue: Int32

    public init(rawValue: Int32) { self.rawValue = rawValue }

    /// Stopped as it was asked to.
    public static let clean = ExitCode(rawValue: 0)
    /// Something could not start, or could not go on.
    public static let software = ExitCode(rawValue: 70)
    /// The grace period was over before everything had stopped.
    public static let graceExceeded = ExitCode(rawValue: 75)
    /// The configuration is wrong; what exactly stands on stderr.
    public static let config = ExitCode(rawValue: 78)

    /// Told twice to stop: at once, with what had not finished.
    public static func signal(_ number: Int32) -> ExitCode { ExitCode(rawValue: 128 + number) }
}
