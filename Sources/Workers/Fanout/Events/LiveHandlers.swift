import Model
import Queue
import Runtime

/// Calls out who types.
package struct TellTypingHandler: BatchHandler {
    private let desk: LiveDesk
    private let stage: EventStage

    package init(_ desk: LiveDesk, _ stage: EventStage) {
        self.desk = desk
        self.stage = stage
    }

    /// Said twice it says no more.
    package func handle(_ jobs: [BatchItem<TellTyping>]) async throws {
        try await stage.publish(try await desk.deliveries(of: jobs.map(\.job)))
    }
}

/// Calls out up to where members have read.
package struct TellReceiptsHandler: BatchHandler {
    private let desk: LiveDesk
    private let stage: EventStage

    package init(_ desk: LiveDesk, _ stage: EventStage) {
        self.desk = desk
        self.stage = stage
    }

    /// Marks only grow, and clients keep the highest.
    package func handle(_ jobs: [BatchItem<TellReceipts>]) async throws {
        try await stage.publish(try await desk.deliveries(of: jobs.flatMap(\.job.receipts)))
    }
}

/// Calls out how present people are: as it is then, whatever it was when the job was made.
package struct TellPresenceHandler: BatchHandler {
    private let desk: LiveDesk
    private let stage: EventStage

    package init(_ desk: LiveDesk, _ stage: EventStage) {
        self.desk = desk
        self.stage = stage
    }

    package func handle(_ jobs: [BatchItem<TellPresence>]) async throws {
        let users = Set(jobs.flatMap(\.job.users))
        try await stage.publish(try await desk.deliveries(ofPresence: Array(users)))
    }
}
