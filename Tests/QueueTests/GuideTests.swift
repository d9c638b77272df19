import Foundation
import JSON
import Postgres
import Redis
import Runtime
import Synchronization
import TestSupport
import Testing

@testable import Queue

struct RemindPerson: Job, Codable {
    static let kind = "reminder.send"
    static let queue = QueueName("reminders")
    static let retry = RetryPolicy.exponential(attempts: 5, base: .seconds(2), cap: .minutes(5))
    let person: String
    let text: String
}

struct RemindPersonHandler: JobHandler {
    let send: @Sendable (_ person: String, _ text: String) async throws -> Bool

    /// Runs twice at the worst: then somebody is reminded twice.
    func handle(_ job: RemindPerson, _ context: JobContext) async throws {
        guard try await send(job.person, job.text) else {
            throw JobOutcome.discard("\(job.person) wants no reminders")
        }
        context.logger.info("reminded")
    }
}

/// What the guide “Your first job” tells: its code stands here, and is the same.
@Suite(.ownStores) struct GuideTests {
    @Test func `the guide's job is asked for in both ways, and done`() async throws {
        try await withBench { bench in
            let (queue, durable) = (bench.client, bench.durable)
            try await bench.database.run(script: "create table reminders (person text not null)")
            let reminded = Mutex<[String]>([])
            let handler = RemindPersonHandler { person, text in
                reminded.withLock { $0.append("\(person): \(text)") }
                return true
            }
            let worker = Worker(
                handlers: Handlers([AnyHandler(handler)]), queue: queue, durable: durable,
                redis: try RedisOptions(url: TestStores.current.redisURL), loops: LoopGroup(count: 1), logger: .silent)
            try await worker.start()
            try await queue.enqueue(RemindPerson(person: "ada", text: "lunch"), after: .seconds(30))
            try await durable.transaction { transaction in
                try await transaction.run("insert into reminders (person) values ('ada')")
                try await transaction.enqueue(RemindPerson(person: "ada", text: "lunch"))
            }
            try await eventually("the durable one is done") { reminded.withLock { $0 } == ["ada: lunch"] }
            await worker.stop()
        }
    }

    @Test func `the guide shows this very code`() throws {
        let guide = try String(contentsOfFile: "\(Repository.root)/docs/guides/first-job.md", encoding: .utf8)
        let own = try String(contentsOfFile: #filePath, encoding: .utf8)
        let blocks = guide.matches(of: /(?m)^```swift\n((?:(?!```).*\n)*)```/).map { String($0.1) }
        #expect(blocks.count == 4)
        let lines = Set(own.split(separator: "\n").map { $0.drop { $0 == " " } })
        for line in blocks.flatMap({ $0.split(separator: "\n") }) {
            #expect(lines.contains(line.drop { $0 == " " }), "\(line)")
        }
    }
}
