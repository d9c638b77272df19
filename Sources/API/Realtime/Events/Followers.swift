import Model
import Runtime

/// Who of this process's people follows which channel. It is asked of the database when a post comes, and then only for
/// those who have come since, unless somebody has joined or left the channel meanwhile.
struct Followers {
    /// What has to be asked before a channel's posts can go on.
    struct Question: Sendable {
        let channel: ID<Conversation>
        let people: [ID<User>]
        fileprivate let arrival: Int
        /// Nil: what is known stays, and the people come to it.
        fileprivate let audience: Int64?
    }

    private struct Channel {
        var audience: Int64 = -1
        var arrival = 0
        /// With the messages that each may see.
        var people: [ID<User>: Stays] = [:]
        var touched: MonotonicTime
        /// What came while the database was asked.
        var waiting: [Delivery] = []
        var isAsking = false
    }

    private static let mostChannels = 1000

    private var channels: [ID<Conversation>: Channel] = [:]

    mutating func take(_ delivery: Delivery, in id: ID<Conversation>, at now: MonotonicTime) {
        if channels[id] == nil { makeRoom() }
        channels[id, default: Channel(touched: now)].touched = now
        channels[id]?.waiting.append(delivery)
    }

    /// Nil where nothing waits, or the answer is on its way, or nothing has to be asked.
    mutating func question(about id: ID<Conversation>, _ people: LocalPeople) -> Question? {
        guard let channel = channels[id], !channel.isAsking, let first = channel.waiting.first,
            case .followers(let audience, _, _) = first.recipients
        else { return nil }
        let isOld = channel.audience < audience
        let (newcomers, arrival) = people.arrived(after: isOld ? 0 : channel.arrival)
        guard isOld || !newcomers.isEmpty else { return nil }
        channels[id]?.isAsking = true
        return Question(channel: id, people: newcomers, arrival: arrival, audience: isOld ? audience : nil)
    }

    mutating func answer(_ question: Question, _ found: [ID<User>: Stays]) {
        let id = question.channel
        channels[id]?.isAsking = false
        channels[id]?.arrival = question.arrival
        guard let audience = question.audience else {
            channels[id]?.people.merge(found) { $1 }
            return
        }
        channels[id]?.people = found
        channels[id]?.audience = audience
    }

    /// What may go on, with its people named, in order.
    mutating func ready(_ id: ID<Conversation>) -> [Delivery] {
        var ready: [Delivery] = []
        while let channel = channels[id], !channel.isAsking, let next = channel.waiting.first,
            case .followers(let audience, let seq, let keptFrom) = next.recipients, audience <= channel.audience
        {
            channels[id]?.waiting.removeFirst()
            var told: [ID<User>] = []
            var passed: [ID<User>] = []
            for (user, stays) in channel.people {
                if !next.frame.isEmpty, stays.sees(seq), !keptFrom.contains(user) {
                    told.append(user)
                } else if next.rev > 0 {
                    passed.append(user)
                }
            }
            ready.append(
                Delivery(
                    id, rev: next.rev, to: .people(told), passed: passed, next.frame,
                    isDroppable: next.isDroppable))
        }
        return ready
    }

    private mutating func makeRoom() {
        guard channels.count >= Self.mostChannels else { return }
        let times = channels.values.map(\.touched).sorted()
        let oldest = times[times.count / 2]
        channels = channels.filter { $0.value.touched > oldest || !$0.value.waiting.isEmpty }
    }
}
