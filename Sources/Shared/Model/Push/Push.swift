import Queue
import Runtime

/// What is shown on one device.
package struct Push: Sendable {
    /// Of the job: a repetition is known by it.
    package let id: JobID
    package let device: ID<Device>
    let registeredAt: Timestamp
    let isSandbox: Bool
    let address: DeviceAddress
    let title: String
    let body: String
    /// Later ones of the same conversation take its place.
    let conversation: ID<Conversation>
    let message: ID<Message>
    let seq: Int64
    /// Conversations with something unread.
    let badge: Int
    /// The device may be woken for it.
    let isUrgent: Bool
    let hasSound: Bool

    /// Nobody wants to learn of it later than that.
    static let lifetime = SendPush.lifetime

    /// What the application gets besides.
    var facts: [(name: StaticString, value: String)] {
        [
            ("type", "message"), ("conversationId", conversation.description), ("messageId", message.description),
            ("seq", "\(seq)"), ("badge", "\(badge)"),
        ]
    }
}

/// What a provider has made of a push.
package enum PushVerdict: Sendable, Equatable {
    case delivered
    /// The device is not there any more.
    case gone
    /// The provider will never take it, and that is our fault.
    case refused(String)
    /// This device has had enough for a while.
    case tooMany(after: Duration?)
    /// The provider cannot at the moment, for any device.
    case down(String, after: Duration?)
    /// The provider does not let us in: somebody has to look.
    case locked(String)
}

/// Somebody who reaches devices.
package protocol PushProvider: Sendable {
    /// A verdict for each, in their order.
    func send(_ pushes: [Push]) async -> [PushVerdict]
    func shutDown() async
}

extension PushProvider {
    /// One by one, all at the same time.
    func each(_ pushes: [Push], _ send: @escaping @Sendable (Push) async -> PushVerdict) async -> [PushVerdict] {
        guard pushes.count > 1 else { return pushes.isEmpty ? [] : [await send(pushes[0])] }
        return await withTaskGroup(of: (Int, PushVerdict).self) { group in
            for (place, push) in pushes.enumerated() { group.addTask { (place, await send(push)) } }
            var verdicts = [PushVerdict](repeating: .down("nothing was sent", after: nil), count: pushes.count)
            for await (place, verdict) in group { verdicts[place] = verdict }
            return verdicts
        }
    }
}
