import JSON
import Postgres
import Runtime

/// A job that failed for good, as lists show it.
package struct DeadLetter: Sendable, RowDecodable {
    package let id: Int64
    package let job: JobID
    /// Which of the job's deaths it is, from 1.
    package let death: Int
    package let queue: String
    package let kind: String
    package let key: String?
    package let attempts: Int
    package let crashes: Int
    package let errorType: String
    package let lastError: String
    package let fingerprint: String
    package let enqueuedAt: Timestamp
    package let diedAt: Timestamp
    package let retriedAt: Timestamp?
    /// False for what lay in Redis and could not be read as a job.
    package let isReadable: Bool

    static var columns: StaticString {
        """
        id, job_id, death, queue, kind, job_key, attempts, crashes, error_type, last_error, fingerprint, enqueued_at,
        died_at, retried_at, is_readable
        """
    }

    package init(row: Row) throws(RowError) {
        id = try row["id"]
        job = try row["job_id"]
        death = try row["death"]
        queue = try row["queue"]
        kind = try row["kind"]
        key = try row["job_key"]
        attempts = try row["attempts"]
        crashes = try row["crashes"]
        errorType = try row["error_type"]
        lastError = try row["last_error"]
        fingerprint = try row["fingerprint"]
        enqueuedAt = try row["enqueued_at"]
        diedAt = try row["died_at"]
        retriedAt = try row["retried_at"]
        isReadable = try row["is_readable"]
    }

    /// Where the page after this letter begins.
    package var cursor: DeadLetterCursor { DeadLetterCursor(diedAt: diedAt, id: id) }
}

/// A place in the order of dead letters, the newest first.
package struct DeadLetterCursor: Sendable, Hashable {
    package let diedAt: Timestamp
    package let id: Int64

    package init(diedAt: Timestamp, id: Int64) {
        self.diedAt = diedAt
        self.id = id
    }
}

/// All that is known of a dead letter.
package struct DeadLetterDetails: Sendable, RowDecodable {
    package let letter: DeadLetter
    package let failures: [JobFailure]
    /// As it lay in Redis.
    package let envelope: [UInt8]
    /// What was too large for the envelope.
    package let payload: [UInt8]?

    static var columns: SQL { "\(literally: DeadLetter.columns), errors, envelope, payload" }

    package init(row: Row) throws(RowError) {
        letter = try DeadLetter(row: row)
        let errors: JSONText = try row["errors"]
        failures = (try? JSONCoder.decode([JobFailure].self, from: [UInt8](errors.text.utf8))) ?? []
        envelope = try row["envelope"]
        payload = try row["payload"]
    }
}

/// Letters that failed alike, by queue.
package struct DeadLetterGroup: Sendable, RowDecodable {
    package let fingerprint: String
    package let queue: String
    package let kind: String
    package let errorType: String
    /// The text of one of them.
    package let sample: String
    /// How many wait for somebody to retry or delete them.
    package let waiting: Int
    package let firstAt: Timestamp
    package let lastAt: Timestamp

    /// Where the page after a group begins.
    package struct Cursor: Sendable {
        package let lastAt: Timestamp
        package let fingerprint: String
        package let queue: String

        package init(lastAt: Timestamp, fingerprint: String, queue: String) {
            (self.lastAt, self.fingerprint, self.queue) = (lastAt, fingerprint, queue)
        }
    }

    package init(row: Row) throws(RowError) {
        fingerprint = try row["fingerprint"]
        queue = try row["queue"]
        kind = try row["kind"]
        errorType = try row["error_type"]
        sample = try row["sample"]
        waiting = try row["waiting"]
        firstAt = try row["first_at"]
        lastAt = try row["last_at"]
    }
}

extension JobFailure: JSONWritable, JSONReadable {
    package func write(json: inout JSONWriter) {
        json.object { json in
            json.member("at", at)
            json.member("attempt", Int(attempt))
            json.member("type", type)
            json.member("message", message)
        }
    }

    package init(json: inout JSONReader) throws(JSONStop) {
        var at: Timestamp?, attempt: Int?, type: String?, message: String?
        var object = try json.object()
        while let key = try json.nextKey(&object) {
            switch key {
            case "at": try json.read(&at)
            case "attempt": try json.read(&attempt)
            case "type": try json.read(&type)
            case "message": try json.read(&message)
            default: try json.skip()
            }
        }
        guard let at, let attempt, let type, let message else {
            throw json.missing(object, ["at": at, "attempt": attempt, "type": type, "message": message])
        }
        self.init(at: at, attempt: UInt8(clamping: attempt), type: type, message: message)
    }
}
