import HTTP
import Model
import Runtime

/// A delivery as the loops of this process send it: each frame is encoded once for all.
struct Outgoing: Sendable {
    let conversation: ID<Conversation>?
    let rev: Int64
    let told: [ID<User>]
    let frame: SharedFrame?
    let passed: [ID<User>]
    /// Tells no more than that the rev has passed.
    let passedFrame: SharedFrame?
    let isDroppable: Bool
    /// Whoever watches this person gets it too.
    let watched: ID<User>?

    /// Nil where nobody would get anything.
    init?(_ delivery: Delivery) {
        conversation = delivery.conversation
        rev = delivery.rev
        isDroppable = delivery.isDroppable
        watched = delivery.watched
        if case .people(let people) = delivery.recipients { told = people } else { told = [] }
        passed = delivery.passed
        guard !told.isEmpty || !passed.isEmpty || watched != nil else { return nil }
        frame = told.isEmpty && watched == nil || delivery.frame.isEmpty ? nil : SharedFrame(.text, delivery.frame)
        let notice = passed.isEmpty ? nil : delivery.conversation.flatMap { RevAdvanced($0, delivery.rev).frame }
        passedFrame = notice.map { SharedFrame(.text, $0) }
    }
}
