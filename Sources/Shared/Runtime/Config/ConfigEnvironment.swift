import CSystem

/// The variables that are in force, and where each one comes from.
public struct ConfigEnvironment: Sendable {
    /// Where a value comes from.
    public enum Origin: Sendable, Hashable, CustomStringConvertible {
        case environment
        case dotEnv(line: Int)
        /// Named by a `…_FILE` variable.
        case file(String)
        case standard
        case unset

        public var description: String {
            switch self {
            case .environment: "environment"
            case .dotEnv(let line): ".env line \(line)"
            case .file(let path): path
            case .standard: "default"
            case .unset: "not set"
            }
        }
    }

    struct Found {
        let name: String
        let value: String
        let origin: Origin
    }

    private let variables: [String: String]
    private let dotEnv: EnvironmentFile

    /// The process's own variables win over those of the `.env` text, which only development reads.
    public init(_ variables: [String: String], dotEnv text: String = "") {
        self.variables = variables
        let name = variables["APP_ENV"] ?? variables["NODE_ENV"]
        dotEnv = EnvironmentFile(name == "production" ? "" : text)
    }

    /// What this process was started with, and the `.env` of its working directory.
    public static func ofProcess() -> ConfigEnvironment {
        ConfigEnvironment(processVariables(), dotEnv: (try? TextFile.read(".env")) ?? "")
    }

    var faults: [EnvironmentFile.Fault] { dotEnv.faults }

    /// The first of `names` that has a value. An empty one counts as not set, as tools that pass variables on leave them.
    func find(_ names: [String]) throws(ConfigError.Complaint) -> Found? {
        for name in names {
            let direct = lookUp(name)
            if let path = lookUp(name + "_FILE") {
                guard direct == nil else { throw .both(name) }
                return Found(name: name, value: try Self.readSecret(path, for: name), origin: .file(path.value))
            }
            if let direct { return direct }
        }
        return nil
    }

    private func lookUp(_ name: String) -> Found? {
        if let value = variables[name] {
            return value.isEmpty ? nil : Found(name: name, value: value, origin: .environment)
        }
        guard let entry = dotEnv.entries[name], !entry.value.isEmpty else { return nil }
        return Found(name: name, value: entry.value, origin: .dotEnv(line: entry.line))
    }

    /// Mounted secrets usually end with a newline that nobody meant.
    private static func readSecret(_ path: Found, for name: String) throws(ConfigError.Complaint) -> String {
        do throws(SystemError) {
            let text = try TextFile.read(path.value)
            return String(text.reversed().drop { $0.isNewline }.reversed())
        } catch {
            throw ConfigError.Complaint(
                name: name + "_FILE", problem: "cannot be read: \(error)", example: "/run/secrets/\(name.lowercased())")
        }
    }

    private static func processVariables() -> [String: String] {
        var variables: [String: String] = [:]
        guard var entry = csystem_environment() else { return variables }
        while let text = entry.pointee {
            let parts = String(cString: text).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { variables[String(parts[0])] = String(parts[1]) }
            entry += 1
        }
        return variables
    }
}

extension ConfigError.Complaint: Error {
    fileprivate static func both(_ name: String) -> Self {
        Self(name: name, problem: "is given both as \(name) and as \(name)_FILE: give one", example: nil)
    }
}
