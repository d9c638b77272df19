import JSON
import Model
import Runtime
import Synchronization

/// Tells whoever has sent a file how far it is.
package struct MediaHerald: Sendable {
    private static let interval: Duration = .seconds(1)

    private let stage: EventStage
    private let loops: LoopGroup

    package init(_ stage: EventStage, on loops: LoopGroup) {
        self.stage = stage
        self.loops = loops
    }

    /// It is ready, or was refused.
    func tell(_ media: Media) async throws {
        guard let frame = EventFrame("media.ready", media).bytes else { return }
        try await stage.publish([Delivery(nil, to: .people([media.ownerId]), frame)])
    }

    /// Called with the share that is done, from any thread; said once a second at most, and not again when it is lost.
    func progress(of media: ID<Media>, for owner: ID<User>) -> @Sendable (Double) -> Void {
        let last = Mutex<MonotonicTime?>(nil)
        return { [stage, loops] share in
            let now = MonotonicTime.now
            let isDue = last.withLock { last in
                if let time = last, now - time < Self.interval { return false }
                last = now
                return true
            }
            let progress = MediaProgress(id: media, progress: (share * 100).rounded() / 100)
            guard isDue, let frame = EventFrame("media.progress", progress).bytes else { return }
            let delivery = Delivery(nil, to: .people([owner]), frame, isDroppable: true)
            loops.next().spawn { try? await stage.publish([delivery]) }
        }
    }
}

/// How far a file is.
private struct MediaProgress: Encodable, JSONWritable {
    let id: ID<Media>
    let progress: Double
}
