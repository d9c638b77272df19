import Crypto
import JSON
import Queue
import Redis
import Runtime

/// `yardctl jobs show`
enum JobsShowCommand {
    static let command = Command(
        path: "jobs show", summary: "show all that is known of a job",
        details: [
            "A sealed payload is opened with --reveal and JOB_ENCRYPTION_KEYS. Of a tracked job that has ended, state,",
            "progress and result are shown for a day; of a dead one, what its letter says.",
        ],
        parameters: [.init(name: "ID", summary: "the job")],
        options: LocatedJob.options + [.init(name: "reveal", summary: "open a sealed payload")],
        run: run)

    static func run(_ invocation: Invocation, _ session: Session) async throws -> ExitCode {
        let id = try invocation.jobID(invocation.word("ID"))
        let job: LocatedJob
        do { job = try await LocatedJob.find(id, invocation, session) } catch let failure as CommandFailure {
            guard let ended = try await EndedJob.find(id, invocation, session) else { throw failure }
            session.console.print(ended, asJSON: invocation.wantsJSON)
            return .clean
        }
        guard let shown = job.inspected else {
            throw CommandFailure("the job \(job.id) cannot be read", code: .finding)
        }
        let payload = try await ShownPayload.read(
            of: shown.envelope, session, reveal: invocation.flag("reveal"))
        let tracked = try await session.client().tracked(job.id, in: job.queue)
        let isUnwanted = try await !session.operations().toBeCancelled(among: [job.id], in: job.queue).isEmpty
        if invocation.wantsJSON {
            session.console.print(json(shown, job, payload, tracked, isUnwanted: isUnwanted))
        } else {
            let sheet = JobSheet(
                job: shown, located: job, isUnwanted: isUnwanted, payload: payload, tracked: tracked,
                console: session.console)
            session.console.print(sheet.text)
        }
        return .clean
    }

    private static func json(
        _ shown: InspectedJob, _ job: LocatedJob, _ payload: ShownPayload, _ tracked: TrackedJob?, isUnwanted: Bool
    ) -> JSONValue {
        guard case .object(var members) = shown.json(isUnwanted: isUnwanted) else { return .null }
        members["payload"] = payload.json
        members["inRedis"] = .bool(job.inRedis != nil)
        members["batch"] = .text(job.row?.batch?.description)
        members["chain"] = .text(job.row?.chain?.description)
        members["progress"] = tracked?.progress.flatMap { JSONNumber($0) }.map { .number($0) } ?? .null
        members["note"] = .text(tracked?.note)
        return .object(members)
    }
}

/// A payload as far as it may and can be shown.
enum ShownPayload: Sendable {
    case text([UInt8])
    /// Why it is not shown.
    case hidden(String)

    static func read(of envelope: EnvelopeView, _ session: Session, reveal: Bool) async throws -> ShownPayload {
        var bytes = envelope.payload.toArray()
        if envelope.attributes.contains(.payloadStored) {
            guard let database = try session.databaseIfSet() else { return .hidden("in PostgreSQL: set DATABASE_URL") }
            guard let stored = try await PayloadStore(database: database).load([envelope.id])[envelope.id] else {
                return .hidden("in PostgreSQL, and not there any more")
            }
            bytes = stored
        }
        return try open(bytes, of: envelope, session, reveal: reveal)
    }

    static func open(
        _ bytes: [UInt8], of envelope: EnvelopeView, _ session: Session, reveal: Bool
    ) throws -> ShownPayload {
        guard envelope.attributes.contains(.encrypted) else { return .text(bytes) }
        guard reveal else { return .hidden("sealed, \(Figures.bytes(bytes.count)): --reveal opens it") }
        guard let keys = try session.load(PayloadKeys.self).keys else {
            throw CommandFailure(
                "the payload is sealed and JOB_ENCRYPTION_KEYS is not set",
                hint: "Give yardctl the keys that the workers have.", code: .config)
        }
        do throws(SealError) { return .text(try keys.open(bytes, context: envelope.id.description)) } catch {
            return .hidden("does not open: \(error)")
        }
    }

    var json: JSONValue {
        guard case .text(let bytes) = self else { return .null }
        return (try? JSONCoder.decode(JSONValue.self, from: bytes)) ?? .string(String(decoding: bytes, as: UTF8.self))
    }

    var printed: String {
        switch self {
        case .text(let bytes): String(decoding: bytes, as: UTF8.self).printable
        case .hidden(let reason): "(\(reason))"
        }
    }
}
