import JSON
import Model
import Queue
import Runtime

/// What the media worker reads besides what all workers read.
package struct MediaConfig: ConfigGroup {
    package let storage: StorageConfig

    package init(from reader: inout ConfigReader) { storage = StorageConfig(from: &reader) }
}

/// The handlers of the media worker: a line for each.
package func mediaHandlers(_ config: MediaConfig, _ worker: WorkerProcess) -> [AnyHandler] {
    let stores = worker.stores
    let launch = worker.launch
    let library = MediaLibrary(
        durable: worker.durable, storage: Storage(config.storage, loops: launch.loops, metrics: launch.metrics))
    let stage = EventStage(redis: stores.redis, prefix: stores.redisPrefix)
    return [
        AnyHandler(
            ProcessMediaHandler(
                library: library, workshop: Workshop(metrics: launch.metrics),
                herald: MediaHerald(stage, on: launch.loops))),
        AnyHandler(SweepMediaHandler(library: library)),
    ]
}

/// Looks into a file that somebody has sent.
package struct ProcessMediaHandler: JobHandler {
    let library: MediaLibrary
    let workshop: Workshop
    let herald: MediaHerald

    /// What is made is stored before one transaction says so; a second run finds it done, and tells of it once more.
    package func handle(_ job: ProcessMedia, _ context: JobContext) async throws {
        let media = try await library.process(job.media) { type, input, folder in
            let progress = herald.progress(of: job.media, for: try await library.owner(of: job.media))
            return try await workshop.look(
                at: type, input, in: folder, isStopped: { context.isCancelled }, onProgress: progress)
        }
        if let refusal = media.refusal {
            context.logger.info("a file was refused", ["media.refusal": .string(refusal)])
        }
        try await herald.tell(media)
    }
}

/// Removes files that nothing needs.
package struct SweepMediaHandler: JobHandler {
    let library: MediaLibrary

    /// What is gone cannot be removed twice.
    package func handle(_ job: SweepMedia, _ context: JobContext) async throws {
        let report = try await library.sweep()
        guard report != SweepReport() else { return }
        context.logger.info(
            "files were removed",
            ["uploads": .int(report.uploads), "media": .int(report.media), "files": .int(report.files)])
    }
}
