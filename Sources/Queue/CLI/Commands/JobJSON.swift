import JSON
import Queue
import Redis
import Runtime

extension InspectedJob {
    /// The same members wherever a job is printed.
    func json(isUnwanted: Bool = false) -> JSONValue {
        let options = envelope.options
        return [
            "id": .string(id.description), "queue": .string(queue.name), "state": .string(state.rawValue),
            "toBeCancelled": .bool(isUnwanted),
            "kind": .string(envelope.kind), "schemaVersion": .number(envelope.schemaVersion),
            "key": .text(envelope.key), "priority": .string(envelope.priority.description),
            "enqueuedAt": .time(id.uuid.time), "dueAt": .time(dueAt), "holder": .text(holder),
            "failed": .number(envelope.attempts), "crashes": .number(envelope.crashes),
            "interruptions": .number(envelope.interruptions), "deaths": .number(options.deaths),
            "durable": .bool(envelope.attributes.contains(.durable)),
            "unique": .bool(envelope.claims.contains(.unique)), "ordered": .bool(envelope.claims.contains(.ordered)),
            "tracked": .bool(envelope.claims.contains(.tracked)),
            "encrypted": .bool(envelope.attributes.contains(.encrypted)),
            "payloadStored": .bool(envelope.attributes.contains(.payloadStored)),
            "payloadBytes": .number(envelope.payload.count), "runAt": .time(options.runAt),
            "expiresAt": .time(options.expiresAt), "parkedSince": .time(options.parkedSince),
            "parkedBecause": .text(options.obstacle?.name),
            "requestID": .text(options.requestID), "errors": .array(options.errors.map(\.json)),
        ]
    }
}

extension JobFailure {
    var json: JSONValue {
        [
            "at": .time(at), "attempt": .number(attempt), "type": .string(type), "message": .string(message),
        ]
    }
}
