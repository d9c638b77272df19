import Model
import Queue

/// Calls out what bears no rev. Said twice it says no more: the last word counts, marks only grow, presence is told as it is
/// then, and a notification has an id.
package struct TellLiveHandler<Told: Job>: BatchHandler {
    private let stage: EventStage
    private let deliveries: @Sendable ([Told]) async throws -> [Delivery]

    package init(_ stage: EventStage, _ deliveries: @escaping @Sendable ([Told]) async throws -> [Delivery]) {
        self.stage = stage
        self.deliveries = deliveries
    }

    package func handle(_ jobs: [BatchItem<Told>]) async throws {
        try await stage.publish(try await deliveries(jobs.map(\.job)))
    }
}
