import HTTP
import JSON
import Queue
import Runtime

extension DeadLetter: Representable {
    package static let representation = Representation<DeadLetter>(
        "DeadLetter", "A job that failed for good.",
        [
            .member("id") { $0.id },
            .member("jobId") { $0.job },
            .member("death", "Which of the job's deaths it is, from 1.") { $0.death },
            .member("queue") { $0.queue },
            .member("kind") { $0.kind },
            .member("key") { $0.key },
            .member("attempts") { $0.attempts },
            .member("crashes") { $0.crashes },
            .member("errorType") { $0.errorType },
            .member("lastError") { $0.lastError },
            .member("fingerprint", "The same for what failed alike.") { $0.fingerprint },
            .member("enqueuedAt") { $0.enqueuedAt },
            .member("diedAt") { $0.diedAt },
            .member("retriedAt") { $0.retriedAt },
            .member("readable", "False for what could not be read as a job.") { $0.isReadable },
        ])
}

extension DeadLetterGroup: Representable {
    package static let representation = Representation<DeadLetterGroup>(
        "DeadLetterGroup", "Letters that failed alike, of one queue.",
        [
            .member("fingerprint") { $0.fingerprint },
            .member("queue") { $0.queue },
            .member("kind") { $0.kind },
            .member("errorType") { $0.errorType },
            .member("sample", "The error of one of them.") { $0.sample },
            .member("waiting", "How many nobody has retried or deleted.") { $0.waiting },
            .member("firstAt") { $0.firstAt },
            .member("lastAt") { $0.lastAt },
        ])
}

/// How many letters there are.
struct LetterCount: Representable {
    let count: Int
    let isExact: Bool

    static let representation = Representation<LetterCount>(
        "LetterCount", "How many letters there are.",
        [.member("count") { $0.count }, .member("exact") { $0.isExact }])
}

/// A letter, and the job that it is about.
struct ShownLetter: Representable {
    let letter: DeadLetter
    let sheet: JobSheet

    static let representation = Representation<ShownLetter>(
        "DeadLetterSheet", "A dead letter, and the job that it is about.",
        [.member("letter") { $0.letter }, .member("sheet") { $0.sheet }])
}

extension LetterOperation.Action: SchemaBearing {}
extension LetterOperation.State: SchemaBearing {}

extension LetterOperation: Representable {
    package static let representation = Representation<LetterOperation>(
        "LetterOperation", "What is to be done with many dead letters, and how far it is.",
        [
            .member("id") { $0.id },
            .member("action") { $0.action },
            .member("state") { $0.state },
            .member("filter", schema: .any) { operation in
                (try? JSONCoder.encode(operation.filter)).flatMap {
                    try? JSONCoder.decode(JSONValue.self, from: $0)
                } ?? .null
            },
            .member("perSecond") { $0.perSecond },
            .member("total", "How many there were at the beginning; no more than 10,000 are counted one by one.") {
                $0.total
            },
            .member("done") { $0.done },
            .member("askedBy") { $0.askedBy },
            .member("createdAt") { $0.createdAt },
            .member("finishedAt") { $0.finishedAt },
        ])
}
