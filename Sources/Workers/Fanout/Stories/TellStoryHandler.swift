import Model
import Queue
import Runtime

/// Tells those who may see a story that there is one.
struct TellStoryHandler: JobHandler {
    let stories: Stories
    let stage: EventStage

    /// Said twice it says no more.
    func handle(_ job: TellStory, _ context: JobContext) async throws {
        let deliveries = try await stories.deliveries(of: job.story)
        if !deliveries.isEmpty { try await stage.publish(deliveries) }
    }
}
