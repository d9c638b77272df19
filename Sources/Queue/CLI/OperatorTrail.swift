import Glibc
import JSON
import Model
import Postgres
import Queue
import Runtime

extension AuditEntry.Action {
    fileprivate static let commanded = Self("operator.command")
}

/// What operators change is kept in the audit log, as what administrators change in the dashboard is.
enum OperatorTrail {
    private static let changing: Set<String> = [
        "jobs retry", "jobs reschedule", "jobs cancel", "jobs delete", "dead retry", "dead delete", "dead stop",
        "enqueue",
        "quiet", "drain", "pause", "resume", "batches cancel", "cron run", "cron pause", "cron resume", "cron reset",
    ]
    /// What else is said to these makes a change of them.
    private static let changingWithOptions: Set<String> = ["limits", "ledger"]

    /// Afterwards, so that what was not understood or not confirmed leaves nothing. Where there is no database, or one that
    /// does not answer, operators can still act.
    static func keep(_ invocation: Invocation, _ code: ExitCode, _ session: Session) async {
        guard isChange(invocation), ![.usage, .config, .unreachable].contains(code),
            let database = try? session.databaseIfSet()
        else { return }
        let said = invocation.said.mapValues { JSONValue.string($0) }
        let entry = AuditEntry(
            .commanded, by: nil, from: Origin(), at: .now,
            [
                "command": .string(invocation.command.path), "said": .object(said), "operator": .string(operatorName),
                "exit": .number(Int(code.rawValue)),
            ])
        do { try await entry.write(on: database) } catch {
            // A database of the queue alone has no audit log.
            if let error = error as? PostgresError, error.lacksSchema { return }
            session.console.note("The audit log could not be written.")
        }
    }

    private static func isChange(_ invocation: Invocation) -> Bool {
        let path = invocation.command.path
        if changingWithOptions.contains(path) { return invocation.hasOptions }
        return changing.contains(path)
    }

    /// `ada@host`
    private static var operatorName: String {
        var name = [CChar](repeating: 0, count: 256)
        gethostname(&name, name.count - 1)
        let host = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard let user = getpwuid(getuid())?.pointee.pw_name else { return "\(getuid())@\(host)" }
        return "\(String(cString: user))@\(host)"
    }
}
