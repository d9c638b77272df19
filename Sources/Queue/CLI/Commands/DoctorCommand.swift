import JSON
import Model
import Postgres
import Queue
import Redis
import Runtime

/// `yardctl doctor`
enum DoctorCommand {
    static let command = Command(
        path: "doctor", summary: "look for what is wrong, and say what to do about it",
        details: [
            "Both stores, their settings and clocks; leases that have ended, jobs that nobody will take back, unique keys",
            "of jobs that are gone, parked jobs, queues that nobody serves, books that are off, durable jobs that are late.",
            "Ends with 1 when there is a problem, with 69 when a store cannot be reached; warnings alone end with 0.",
        ],
        options: [.init(name: "strict", summary: "end with 1 for warnings too")], run: run)

    static func run(_ invocation: Invocation, _ session: Session) async throws -> ExitCode {
        let found = try await session.whileShowing("looking at the stores and queues") {
            try await Examination(session: session).findings()
        }
        let worst = found.map(\.level.rank).max() ?? 0
        if invocation.wantsJSON {
            session.console.print(["findings": .array(found.map(json)), "healthy": .bool(worst == 0)])
        } else {
            session.console.print(Diagnosis(findings: found, console: session.console).text)
        }
        if found.contains(where: { $0.check == "reached" && $0.level == .problem }) { return .unreachable }
        return worst >= (invocation.flag("strict") ? 1 : 2) ? .finding : .clean
    }

    private static func json(_ finding: Finding) -> JSONValue {
        [
            "level": .string(finding.level.rawValue), "subject": .string(finding.subject),
            "check": .string(finding.check), "text": .string(finding.text), "advice": .string(finding.advice),
        ]
    }
}

/// All checks, in the order in which one would make them: what cannot be reached is not examined further.
private struct Examination {
    let session: Session

    func findings() async throws -> [Finding] {
        let redis = try session.redis(), prefix = try session.prefix()
        let database = try session.databaseIfSet()
        var found = await store("redis") { try await StoreChecks.redis(redis) }
        let hasRedis = !found.contains { $0.check == "reached" && $0.level == .problem }
        if let database {
            found += await store("postgresql") { try await StoreChecks.postgres(database) }
            found += await schema(database, redis, prefix, hasRedis: hasRedis)
        } else {
            found.append(
                Finding(
                    .warning, "postgresql", "configured", "DATABASE_URL is not set, so it was not looked at",
                    advice: "Durable jobs, dead letters and batches need it."))
        }
        guard hasRedis else { return found }
        let workers = try await session.workers().workers()
        for queue in try await session.directory().queues() {
            let problems = try await QueueChecks(queue, redis: redis, prefix: prefix).findings(among: workers)
            found +=
                problems.isEmpty
                ? [Finding(.fine, queue.name, "queue", "nothing is stuck, the books balance")] : problems
        }
        return found
    }

    private func store(_ name: String, _ checks: () async throws -> [Finding]) async -> [Finding] {
        do {
            return [Finding(.fine, name, "reached", "can be reached")] + (try await checks())
        } catch {
            let verdict = Verdict(of: error, session)
            let reason = (error as? PostgresError)?.message ?? "\(error)"
            return [Finding(.problem, name, "reached", "cannot be used: \(reason)", advice: verdict.hint)]
        }
    }

    private func schema(
        _ database: Database, _ redis: RedisClient, _ prefix: String, hasRedis: Bool
    ) async -> [Finding] {
        do {
            let missing = try await Migrator(database, AllMigrations.sets).pending()
            guard missing.isEmpty else {
                let names = missing.joined(separator: ", ")
                return [
                    Finding(.problem, "postgresql", "migrations", "lacks \(names)", advice: "Run: yardctl migrate")
                ]
            }
            let found = hasRedis ? try await OutboxChecks.findings(database, redis, prefix: prefix) : []
            return [Finding(.fine, "postgresql", "migrations", "its tables are up to date")] + found
        } catch let error as MigrationError {
            return [
                Finding(
                    .problem, "postgresql", "migrations", "\(error)",
                    advice: "This program and the database are of different versions: deploy the one that fits.")
            ]
        } catch let error as PostgresError where error.kind != .refused {
            // Said already, where the store itself was looked at.
            return []
        } catch {
            return [Finding(.problem, "postgresql", "migrations", "could not be looked at: \(error)")]
        }
    }
}

/// Findings for people: what is wrong first, each with its advice; what is fine in one line each.
private struct Diagnosis {
    let findings: [Finding]
    let console: Console

    var text: String {
        let sorted = Finding.Level.allCases.reversed().flatMap { level in findings.filter { $0.level == level } }
        var text = ""
        for finding in sorted {
            let mark =
                switch finding.level {
                case .problem: console.paint("problem", .red)
                case .warning: console.paint("warning", .yellow)
                case .fine: console.paint("ok     ", .green)
                }
            text += "\(mark)  \(indented("\(finding.subject): \(finding.text)"))\n"
            if !finding.advice.isEmpty { text += "         \(indented(finding.advice))\n" }
        }
        return text + "\n" + ending
    }

    /// Behind the marks, as wide as the terminal is.
    private func indented(_ text: String) -> String {
        text.printable.wrapped(toColumns: (console.size.width ?? 10_000) - 9).joined(separator: "\n         ")
    }

    private var ending: String {
        let problems = findings.count { $0.level == .problem }
        let warnings = findings.count { $0.level == .warning }
        if problems + warnings == 0 { return "All is well.\n" }
        return "\(Figures.count(problems, "problem")), \(Figures.count(warnings, "warning")).\n"
    }
}

extension Finding.Level {
    fileprivate var rank: Int {
        switch self {
        case .fine: 0
        case .warning: 1
        case .problem: 2
        }
    }
}
