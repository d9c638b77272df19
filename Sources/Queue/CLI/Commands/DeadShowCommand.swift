import Crypto
import JSON
import Queue
import Redis
import Runtime

/// `yardctl dead show`
enum DeadShowCommand {
    static let command = Command(
        path: "dead show", summary: "show all that is known of a dead job",
        details: ["A sealed payload is opened with --reveal and JOB_ENCRYPTION_KEYS."],
        parameters: [.init(name: "ID", summary: "the number of the letter, or the id of the job")],
        options: [.init(name: "reveal", summary: "open a sealed payload")], run: run)

    static func run(_ invocation: Invocation, _ session: Session) async throws -> ExitCode {
        let text = invocation.word("ID")
        let found = try await session.withDeadLetters { letters in
            try await letters.find(try await DeadSelection.number(of: text, invocation, letters))
        }
        guard let found else { throw DeadSelection.missing(text) }
        let payload = try ShownPayload.read(of: found, session, reveal: invocation.flag("reveal"))
        if invocation.wantsJSON {
            guard case .object(var members) = found.letter.json else { return .software }
            members["failures"] = .array(found.failures.map(\.json))
            members["payload"] = payload.json
            session.console.print(.object(members))
        } else {
            show(found, payload, session.console)
        }
        return .clean
    }

    private static func show(_ found: DeadLetterDetails, _ payload: ShownPayload, _ console: Console) {
        let letter = found.letter
        var facts = [
            ("job", letter.job.description), ("queue", letter.queue), ("death", "\(letter.death)"),
            ("runs", "\(letter.attempts) failed, \(letter.crashes) crashes"), ("group", letter.fingerprint),
        ]
        if let key = letter.key { facts.append(("key", key.printable)) }
        if let time = letter.retriedAt { facts.append(("retried", Figures.relative(time))) }
        if !letter.isReadable { facts.append(("state", "could not be read as a job, and cannot be retried")) }
        var events = [(letter.enqueuedAt, "enqueued")]
        events += found.failures.map { ($0.at, "run \($0.attempt) failed: \($0.type): \($0.message.printable)") }
        events.append((letter.diedAt, "died"))
        let timeline = events.map { time, what in ("\(time.rfc3339)  \(Figures.relative(time))", what) }
        console.print(
            console.paint(letter.kind.printable, .bold) + "  \(letter.id)\n\n" + JobSheet.fields(facts, console) + "\n"
                + console.paint("Timeline", .bold) + "\n" + JobSheet.fields(timeline, console) + "\n"
                + console.paint("Payload", .bold) + "\n  \(payload.printed)\n"
                + (letter.isReadable ? "\nAgain: yardctl dead retry \(letter.id)" : ""))
    }
}

extension ShownPayload {
    /// A letter has its payload with it.
    static func read(of found: DeadLetterDetails, _ session: Session, reveal: Bool) throws -> ShownPayload {
        guard let envelope = EnvelopeView(RedisBytes(found.envelope)) else {
            return .hidden("\(Figures.bytes(found.envelope.count)) that could not be read as a job")
        }
        return try open(found.payload ?? envelope.payload.toArray(), of: envelope, session, reveal: reveal)
    }
}
