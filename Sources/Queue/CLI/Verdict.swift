import Postgres
import Queue
import Redis
import Runtime

extension ExitCode {
    /// It worked, and what it found, or did in part only, is not as it should be.
    static let finding = ExitCode(rawValue: 1)
    static let usage = ExitCode(rawValue: 2)
    static let unreachable = ExitCode(rawValue: 69)
    static let unwritable = ExitCode(rawValue: 74)
    static let tryLater = ExitCode(rawValue: 75)
    static let interrupted = ExitCode(rawValue: 130)
}

/// Why a command could not do what it was asked, and what to do about it.
struct CommandFailure: Error {
    let text: String
    var hint: String?
    let code: ExitCode

    init(_ text: String, hint: String? = nil, code: ExitCode) {
        self.text = text
        self.hint = hint
        self.code = code
    }
}

/// What is said of an error, and the code that goes with it.
struct Verdict {
    let text: String
    /// What to do about it; stands at the end of the text too.
    let hint: String
    let code: ExitCode

    /// All codes, as help lists them.
    static let meanings: [(code: ExitCode, meaning: String)] = [
        (.clean, "done, and all is well"),
        (.finding, "done, with a finding: something is missing, off, or was done in part"),
        (.usage, "the command was not understood, or refused to go on without --yes"),
        (.unreachable, "Redis or PostgreSQL cannot be reached"),
        (.software, "an error that yardctl has no name for"),
        (.unwritable, "done, but the answer could not be written: the disk is full, or nobody listens"),
        (.tryLater, "the queue is full: try again later"),
        (.config, "the configuration is wrong, or the database has not been migrated"),
        (.interrupted, "interrupted; what was done until then stays done"),
    ]

    init(of error: any Error, _ session: Session) {
        let said = Self.judge(error, session)
        code = said.code
        hint = said.hint ?? ""
        guard !said.text.isEmpty else {
            text = ""
            return
        }
        let mark =
            session.console.errorsAreTerminal && session.console.hasColour ? "\u{1B}[31myardctl:\u{1B}[0m" : "yardctl:"
        text = "\(mark) \(said.text)" + (said.hint.map { "\n\($0)" } ?? "")
    }

    private static func judge(_ error: any Error, _ session: Session) -> (text: String, hint: String?, code: ExitCode) {
        switch error {
        case let failure as CommandFailure: (failure.text, failure.hint, failure.code)
        case let mistake as UsageError: (mistake.description, usage(of: mistake), .usage)
        case let error as ConfigError:
            ("the configuration is wrong:\n\(error)", "yardctl config shows what is in force, and from where.", .config)
        case let error as RedisError: judge(error, session)
        case let error as PostgresError: judge(error)
        case let error as QueueError: judge(error)
        case let error as BadCursor: (error.description, "Leave --after out to begin with the first page.", .usage)
        case is CancellationError: ("", nil, .interrupted)
        default: ("\(error)", nil, .software)
        }
    }

    private static func usage(of mistake: UsageError) -> String {
        guard let command = mistake.command else { return "yardctl --help lists all commands." }
        return "Usage: \(command.usage)\nyardctl \(command.path) --help tells more."
    }

    private static func judge(_ error: RedisError, _ session: Session) -> (String, String?, ExitCode) {
        switch error {
        case .server(let code, let message) where ["NOAUTH", "WRONGPASS", "NOPERM"].contains(code):
            ("Redis refuses us: \(message)", "Check the password in REDIS_URL.", .config)
        case .server("OOM", _):
            (
                "Redis has no memory left",
                "Raise maxmemory, or let workers catch up; yardctl queues shows what waits.", .tryLater
            )
        case .server(_, let message): ("Redis answered: \(message)", nil, .software)
        case .unexpectedReply, .badProtocol: ("\(error)", "Is REDIS_URL really that of a Redis?", .software)
        default:
            (
                "Redis cannot be reached at \(session.redisPlace): \(error)",
                "Is it running, and is REDIS_URL right? yardctl config shows where that comes from.", .unreachable
            )
        }
    }

    private static func judge(_ error: PostgresError) -> (String, String?, ExitCode) {
        if error.lacksSchema {
            return ("the database lacks a table of the queue", "Run: yardctl migrate", .config)
        }
        switch error.kind {
        case .refused, .unsendable, .rowCount: return ("PostgreSQL refused: \(error)", nil, .software)
        case .unusableServer:
            return (
                "PostgreSQL cannot be used: \(error.message)",
                "Check DATABASE_URL; yardctl config shows where it comes from.",
                .unreachable
            )
        default:
            return (
                "PostgreSQL cannot be reached: \(error.message)",
                "Is it running, and is DATABASE_URL right? yardctl config shows where that comes from.", .unreachable
            )
        }
    }

    private static func judge(_ error: QueueError) -> (String, String?, ExitCode) {
        switch error {
        case .full(let queue, _):
            (
                "queue \(queue) is full",
                "yardctl limits \(queue) shows its maximum length, yardctl doctor whether Redis has room left.",
                .tryLater
            )
        case .invalid: ("\(error)", nil, .usage)
        }
    }
}

extension PostgresError {
    /// A table, column or function is not there: the database is not migrated, or not far enough.
    var lacksSchema: Bool { ["42P01", "42703", "42883"].contains(sqlState?.rawValue ?? "") }
}
