import Postgres
import Redis
import Runtime
import TestSupport
import Testing

@testable import Queue

@Suite(.ownStores) struct StatisticsTests {
    private func report(_ bench: Bench, minute: Int64, _ fields: KeyValuePairs<String, Int>) async throws {
        _ = try await bench.redis.run(StatisticsScript.script, keys: 1, expecting: 16) { writer in
            writer.append(bench.keys.base)
            writer.append(minute)
            for (name, amount) in fields {
                writer.append(name)
                writer.append(amount)
            }
        }
    }

    @Test func `minutes are rolled up, and doing so again changes nothing`() async throws {
        try await withBench { bench in
            // A whole hour begins here, so that all minutes share the longer spans.
            let start = Timestamp(seconds: 1_800_000_000)
            let minute = start.seconds / 60
            try await report(bench, minute: minute, ["done": 5, "wait:12": 3, "done test.numbered": 2])
            try await report(bench, minute: minute + 1, ["done": 7, "nonsense:x": 1])
            let rollUp = StatisticsRollUp(database: bench.database, client: bench.client)
            for _ in 0..<3 { try await rollUp.run([Numbered.queue], now: start + .minutes(2)) }
            try await report(bench, minute: minute + 1, ["done": 1])
            try await rollUp.run([Numbered.queue], now: start + .minutes(3))
            // Redis forgets; what was counted stays.
            try await bench.flush()
            try await rollUp.run([Numbered.queue], now: start + .minutes(3))

            let end = start + .hours(1)
            let minutes = try await rollUp.read(Numbered.queue, from: start, to: end, by: .minute)
            #expect(minutes.map(\.amount) == [5, 3, 2, 8])
            for span in [StatisticsRollUp.Span.fiveMinutes, .hour] {
                let points = try await rollUp.read(Numbered.queue, from: start, to: end, by: span)
                let sums = Dictionary(uniqueKeysWithValues: points.map { ($0.field, $0.amount) })
                #expect(
                    sums == [
                        StatisticsField(.count("done")): 13, StatisticsField(.waited(bucket: 12)): 3,
                        StatisticsField(.count("done"), kind: "test.numbered"): 2,
                    ])
            }
            #expect(try await rollUp.prune(now: start + .days(2)) == 4)
        }
    }

    @Test(arguments: ["done", "run:3", "wait:40 push.send", "retrying push.send"])
    func `a field reads back as it was written`(text: String) {
        #expect(StatisticsField(text)?.description == text)
    }

    @Test(arguments: ["", "run:x", "run:64", "what:3", " kind"])
    func `what is no field is none`(text: String) {
        #expect(StatisticsField(text) == nil)
    }
}
