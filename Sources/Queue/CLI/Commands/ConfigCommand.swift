import JSON
import Model
import Queue
import Redis
import Runtime

/// `yardctl config`
enum ConfigCommand {
    static let command = Command(
        path: "config", summary: "show the settings that are in force, and where each comes from",
        details: [
            "Those of all processes, as this environment has them. Secrets are not shown. Ends with 78 when something is",
            "wrong, and says what.",
        ], run: run)

    static func run(_ invocation: Invocation, _ session: Session) async throws -> ExitCode {
        var reader = ConfigReader(session.environment)
        for group in groups { _ = group.init(from: &reader) }
        if invocation.wantsJSON {
            session.console.print([
                "settings": .array(reader.records.map(json)),
                "complaints": .array(reader.complaints.map { .string("\($0)") }),
            ])
        } else {
            var table = Table([.init(title: "NAME"), .init(title: "VALUE", least: 16), .init(title: "FROM", least: 8)])
            for record in reader.records {
                let isSet = record.origin != .standard && record.origin != .unset
                table.add(
                    Table.Cell(record.name, isSet ? .bold : .none), Table.Cell(record.value),
                    Table.Cell("\(record.origin)", isSet ? .none : .dim))
            }
            session.console.print(table)
        }
        do throws(ConfigError) { try reader.finish() } catch {
            if !invocation.wantsJSON { session.console.note("\(error)") }
            return .config
        }
        return .clean
    }

    /// What processes read, but for what only the API does: where it listens, and its limits.
    private static let groups: [any ConfigGroup.Type] = [
        ProcessConfig.self, StoresConfig.self, PayloadKeys.self, MasterKeys.self, SignInKey.self, Places.self,
        AccountsConfig.self, MessageLimits.self, SignInProvidersConfig.self, GIFConfig.self, StorageConfig.self,
        MediaLimits.self, PushConfig.self, MailServerConfig.self, DigestsConfig.self, PaymentsConfig.self,
        InvoiceConfig.self, ReconciliationConfig.self,
    ]

    private static func json(_ record: ConfigReader.Record) -> JSONValue {
        ["name": .string(record.name), "value": .string(record.value), "origin": .string("\(record.origin)")]
    }
}
