import Model
import Queue
import Runtime

/// Calls out what happened in conversations, all that was taken together at once.
package struct TellMembersHandler: BatchHandler {
    private let desk: EventDesk
    private let stage: EventStage
    private let aftermath: Aftermath
    private let absent: AbsentMembers
    private let line = InLine()

    package init(_ desk: EventDesk, _ stage: EventStage, _ aftermath: Aftermath, _ absent: AbsentMembers) {
        self.desk = desk
        self.stage = stage
        self.aftermath = aftermath
        self.absent = absent
    }

    /// Whoever holds sockets passes over revs that came already, so that a second run does no harm. One batch after the other:
    /// one that knows its audiences would overtake another that has to read them, and would wait for it at the sockets.
    package func handle(_ jobs: [BatchItem<TellMembers>]) async throws {
        let events = jobs.flatMap(\.job.events)
        try await line.inTurn {
            let deliveries = try await desk.deliveries(of: events)
            if !deliveries.isEmpty { try await stage.publish(deliveries) }
        }
        try await aftermath.follow(events)
        try await absent.follow(events)
    }
}
