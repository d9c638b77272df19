import APIFrame
import HTTP
import JSON
import Model
import Queue

struct JobListInput: RouteInput {
    let state: JobState
    let queue: String?
    let kind: String?
    let key: String?
    let page: PageRequest

    init(from input: inout InputReader) {
        state = input.query("state", .choice(), default: .ready)
        queue = input.queryIfPresent("queue", .queueName)
        kind = input.queryIfPresent("kind", .text(1...200).described("Only jobs of this kind."))
        key = input.queryIfPresent("key", .text(1...255).described("Only jobs under this key."))
        page = input.page()
    }
}

struct JobPath: RouteInput {
    let id: JobID
    let queue: String?

    init(_ id: JobID, in queue: String?) {
        self.id = id
        self.queue = queue
    }

    init(from input: inout InputReader) {
        id = input.path("id", .id())
        queue = input.queryIfPresent("queue", .queueName.described("Where it is: saves the search."))
    }
}

/// What can be done with a job that has not ended.
enum JobAct: String, Sendable, CaseIterable { case retry, cancel, delete }

struct JobActsInput: RouteInput {
    let act: JobAct
    let ids: [JobID]
    let queue: String?

    init(from input: inout InputReader) {
        act = input.read("action", .choice())
        ids = input.read("ids", .list(ofDifferent: .id(), 1...100))
        queue = input.readIfPresent("queue", .queueName)
    }
}

/// What became of a job.
struct JobOutcomeAnswer: Sendable {
    enum Outcome: String, Sendable, CaseIterable, SchemaBearing {
        case ready
        case notWaiting = "not_waiting"
        case cancelled, marked, told, deleted, running, gone

        init(_ outcome: JobDesk.Cancelling) {
            self =
                switch outcome {
                case .cancelled: .cancelled
                case .marked: .marked
                case .told: .told
                }
        }

        init(_ outcome: JobDesk.Deleting) {
            self =
                switch outcome {
                case .deleted: .deleted
                case .running: .running
                case .gone: .gone
                }
        }
    }

    let id: JobID
    let outcome: Outcome

    var isDone: Bool { ![.notWaiting, .running, .gone].contains(outcome) }
}

extension JobOutcomeAnswer: Representable {
    static let representation = Representation<JobOutcomeAnswer>(
        "JobOutcome", "What became of a job.",
        [
            .member("id") { $0.id },
            .member(
                "outcome", "`marked`: skipped when its turn comes; `told`: its worker hears of it within seconds."
            ) { $0.outcome },
            .member("done") { $0.isDone },
        ])
}
