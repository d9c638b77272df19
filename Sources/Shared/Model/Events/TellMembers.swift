import JSON
import Queue
import Runtime

/// Has the members of conversations told what happened there, in order. It commits with what it tells of.
package struct TellMembers: Job, Equatable {
    package static let kind = "conversation.tell"
    package static var queue: QueueName { .fanout }
    package static var priority: Priority { .high }
    /// Whoever waits for it fills the gap by themselves after a while, but nothing owed is given up within a day.
    package static var retry: RetryPolicy { .exponential(attempts: 100, base: .milliseconds(250), cap: .minutes(15)) }

    /// A payload above 8 KiB would lie apart, and be read apart.
    private static let largest = 7 << 10

    package let events: [ConversationEvent]

    package init(_ events: [ConversationEvent]) { self.events = events }

    /// As many jobs as it takes, in order.
    static func jobs(_ events: [ConversationEvent]) -> [TellMembers] {
        var jobs: [TellMembers] = []
        var part: [ConversationEvent] = []
        var bytes = 0
        for event in events {
            if bytes + event.weight > largest, !part.isEmpty {
                jobs.append(TellMembers(part))
                (part, bytes) = ([], 0)
            }
            part.append(event)
            bytes += event.weight
        }
        if !part.isEmpty { jobs.append(TellMembers(part)) }
        return jobs
    }
}

extension ConversationEvent {
    /// About how many bytes it has in a job.
    fileprivate var weight: Int { 90 + (frame?.count ?? 100) + keptFrom.count * 40 }
}

extension TellMembers: JSONWritable, JSONReadable {
    package func write(json: inout JSONWriter) { json.object { $0.member("events", events) } }

    package init(json: inout JSONReader) throws(JSONStop) {
        var events: [ConversationEvent]?
        var object = try json.object()
        while let key = try json.nextKey(&object) {
            switch key {
            case "events": try json.read(&events)
            default: try json.skip()
            }
        }
        guard let events else { throw json.missing(object, ["events": events]) }
        self.init(events)
    }
}
