/// A part of a process's configuration, read from the environment in one go.
public protocol ConfigGroup: Sendable {
    init(from reader: inout ConfigReader)
}

/// Reads settings with their types and gathers what is wrong with them instead of stopping at the first mistake.
///
/// A missing or wrong value is stood in for until `finish()` throws, so a group's `init` reads straight through.
public struct ConfigReader {
    /// What is in force under a name, for the operator's eyes.
    public struct Record: Sendable, Hashable {
        public let name: String
        /// Redacted when it is secret.
        public let value: String
        public let origin: ConfigEnvironment.Origin
    }

    public private(set) var records: [Record] = []
    public private(set) var complaints: [ConfigError.Complaint] = []
    private let environment: ConfigEnvironment
    /// Production refuses defaults of secrets.
    public private(set) var isProduction = false

    public init(_ environment: ConfigEnvironment) {
        self.environment = environment
        for fault in environment.faults {
            complaints.append(.init(name: ".env line \(fault.line)", problem: fault.problem, example: nil))
        }
        isProduction = (try? environment.find(["APP_ENV", "NODE_ENV"]))?.value == "production"
    }

    public init(_ variables: [String: String]) { self.init(ConfigEnvironment(variables)) }

    /// The whole configuration of a process; throws all complaints together.
    public mutating func load<Group: ConfigGroup>(_ group: Group.Type = Group.self) throws(ConfigError) -> Group {
        let group = Group(from: &self)
        try finish()
        return group
    }

    public func finish() throws(ConfigError) {
        if !complaints.isEmpty { throw ConfigError(complaints: complaints) }
    }

    // MARK: Reading

    /// The value, or the default; `others` are older names of the same setting.
    public mutating func read<Value>(
        _ name: String, or others: [String] = [], _ setting: Setting<Value>, default standard: Value
    ) -> Value {
        guard let found = find([name] + others, as: name) else {
            record(name, setting.show(standard), .standard)
            return standard
        }
        return parse(found, as: name, setting, example: setting.isSecret ? nil : setting.show(standard))
    }

    /// The value of a setting that has no default.
    public mutating func require<Value>(
        _ name: String, or others: [String] = [], _ setting: Setting<Value>, example: String? = nil
    ) -> Value {
        let names = [name] + others
        if let found = find(names, as: name) { return parse(found, as: name, setting, example: example) }
        // What is set, but cannot be read, may have been complained of before, by another question for the same name.
        let isExplained = complaints.contains {
            names.contains($0.name) || names.map { $0 + "_FILE" }.contains($0.name)
        }
        if !isExplained { complain(name, "is not set", example: example ?? setting.example) }
        return setting.placeholder
    }

    /// The value of a setting that may be absent.
    public mutating func readIfSet<Value>(
        _ name: String, or others: [String] = [], _ setting: Setting<Value>
    ) -> Value? {
        guard let found = find([name] + others, as: name) else {
            record(name, "", .unset)
            return nil
        }
        return parse(found, as: name, setting)
    }

    /// A secret that development may leave out, and production must set to something of its own.
    public mutating func secret(
        _ name: String, or others: [String] = [], _ setting: Setting<Secret> = .secret(), inDevelopment known: String
    ) -> Secret {
        let secret =
            isProduction ? require(name, or: others, setting) : read(name, or: others, setting, default: Secret(known))
        if isProduction && secret.exposed == known {
            complain(name, "is the one of the examples, which everybody knows", example: setting.example)
        }
        return secret
    }

    // MARK: Complaining

    /// For what only shows when several settings are seen together.
    public mutating func complain(_ name: String, _ problem: String, example: String? = nil) {
        let complaint = ConfigError.Complaint(name: name, problem: problem, example: example)
        if !complaints.contains(complaint) { complaints.append(complaint) }
    }

    /// A variable of earlier systems that must not be ignored in silence.
    public mutating func refuse(_ name: String, because reason: String) {
        if find([name], as: name) != nil { complain(name, reason) }
    }

    // MARK: Steps

    private mutating func find(_ names: [String], as name: String) -> ConfigEnvironment.Found? {
        do throws(ConfigError.Complaint) {
            return try environment.find(names)
        } catch {
            complain(error.name, error.problem, example: error.example)
            return nil
        }
    }

    private mutating func parse<Value>(
        _ found: ConfigEnvironment.Found, as name: String, _ setting: Setting<Value>, example: String? = nil
    ) -> Value {
        do throws(ConfigMistake) {
            let value = try setting.parse(found.value)
            record(name, setting.show(value), found.origin)
            return value
        } catch {
            let subject = setting.isSecret ? "" : "\"\(found.value.cut(toBytes: 60))\" "
            complain(found.name, subject + error.problem, example: example ?? setting.example)
            return setting.placeholder
        }
    }

    private mutating func record(_ name: String, _ value: String, _ origin: ConfigEnvironment.Origin) {
        records.removeAll { $0.name == name }
        records.append(Record(name: name, value: value, origin: origin))
    }
}
