import JSON
import Redis
import Runtime

/// A cron entry as the scheduler publishes it: when it runs, and the job that it then enqueues.
package struct PublishedCron: Sendable, Hashable {
    package let name: String
    package let expression: String
    package let zone: String
    /// What becomes of missed runs, in words.
    package let missed: String
    package let queue: QueueName
    package let kind: String
    package let schemaVersion: UInt8
    package let payload: [UInt8]
    package let key: String?

    package init(
        name: String, expression: String, zone: String, missed: String, queue: QueueName, kind: String,
        schemaVersion: UInt8, payload: [UInt8], key: String? = nil
    ) {
        self.name = name
        self.expression = expression
        self.zone = zone
        self.missed = missed
        self.queue = queue
        self.kind = kind
        self.schemaVersion = schemaVersion
        self.payload = payload
        self.key = key
    }

    /// The entry and its job, which must not be sealed: what stands in code is no secret.
    package init(_ entry: CronEntry, job: PreparedJob) {
        let missed =
            switch entry.missed {
            case .skip: "skip"
            case .runOnce: "run once"
            case .runAll(let limit, let age): "run all, at most \(limit) of \(age.milliseconds / 60_000) min"
            }
        self.init(
            name: entry.name, expression: entry.expression.text, zone: entry.zone.name, missed: missed,
            queue: job.queue,
            kind: job.envelope.kind, schemaVersion: job.envelope.schemaVersion, payload: job.envelope.payload,
            key: job.envelope.key)
    }

    init?(_ text: RedisBytes) {
        guard let value = try? JSONCoder.decode(JSONValue.self, from: text.string),
            let name = value["name"]?.string, let expression = value["expression"]?.string,
            let zone = value["zone"]?.string, let kind = value["kind"]?.string,
            let style = QueueName.Style(rawValue: UInt8(clamping: value["style"]?.integer ?? 0)),
            let queue = value["queue"]?.string.flatMap({ QueueName(checking: $0, style) })
        else { return nil }
        self.init(
            name: name, expression: expression, zone: zone, missed: value["missed"]?.string ?? "", queue: queue,
            kind: kind, schemaVersion: UInt8(clamping: value["schema"]?.integer ?? 1),
            payload: Array((value["payload"]?.string ?? "{}").utf8), key: value["key"]?.string)
    }

    fileprivate var text: String {
        let value: JSONValue = [
            "name": .string(name), "expression": .string(expression), "zone": .string(zone), "missed": .string(missed),
            "queue": .string(queue.name), "style": .number(queue.style.rawValue), "kind": .string(kind),
            "schema": .number(schemaVersion), "payload": .string(String(decoding: payload, as: UTF8.self)),
            "key": key.map { .string($0) } ?? .null,
        ]
        return (try? JSONCoder.text(value)) ?? "{}"
    }
}

/// The cron entries that the schedulers have: declared in their code, and told here to whoever asks.
package struct CronDirectory: Sendable {
    private let redis: RedisClient
    private let key: String

    package init(redis: RedisClient, prefix: String) {
        self.redis = redis
        key = prefix + "cron"
    }

    /// All entries of this version of the code; those of an earlier one go.
    package func publish(_ entries: [PublishedCron]) async throws {
        _ = try await redis.transaction { writer in
            writer.command("DEL")
            writer.append(key)
            guard !entries.isEmpty else { return }
            writer.command("HSET", expecting: entries.count * 2 + 1)
            writer.append(key)
            for entry in entries {
                writer.append(entry.name)
                writer.append(entry.text)
            }
        }
    }

    /// By name.
    package func entries() async throws -> [PublishedCron] {
        try await redis.call("HVALS", key).expectArray().compactMap(\.bytes).compactMap(PublishedCron.init)
            .sorted { $0.name < $1.name }
    }
}
