import Model
import Queue
import Runtime

/// Decides which devices of people who are not there are told of what.
package struct PlanPushesHandler: JobHandler {
    private let planning: PushPlanning

    package init(_ planning: PushPlanning) { self.planning = planning }

    /// Marks and pushes commit with the end of the job: a second run changes nothing.
    package func handle(_ job: PlanPushes, _ context: JobContext) async throws {
        try await context.transaction { try await planning.plan(job, on: $0) }
    }
}

/// Tells devices, all those together whose turn has come together.
package struct SendPushHandler: BatchHandler {
    private let office: PushOffice

    package init(_ office: PushOffice) { self.office = office }

    /// Sent twice, the second one takes the place of the first on the device: both go under one name.
    package func handle(_ jobs: [BatchItem<SendPush>]) async throws {
        let outcomes = try await office.send(jobs.map { (id: $0.context.id, job: $0.job) })
        for (item, outcome) in zip(jobs, outcomes) {
            if let outcome { item.fail(outcome) }
        }
    }
}
