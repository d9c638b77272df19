import Postgres
import Redis
import Runtime
import TestSupport
import Testing

@testable import Queue

@Suite(.ownStores) struct DeadLetterTests {
    private func dead(
        _ number: Int, _ message: String, type: String = "Oops", _ change: (inout Envelope) -> Void = { _ in }
    ) throws -> Envelope {
        var envelope = try JobEncoder().prepare(Numbered(number: number)).envelope
        envelope.attempts = 3
        for attempt in 1...3 {
            let failure = JobFailure(at: .now, attempt: UInt8(attempt), type: type, message: message)
            envelope.options.add(failure)
        }
        change(&envelope)
        return envelope
    }

    private func bury(_ envelopes: [Envelope], _ bench: Bench) async throws {
        for envelope in envelopes { try await bench.redis.call("RPUSH", bench.keys.dead, envelope.encoded) }
    }

    @Test func `a dead job becomes a letter with its whole history, and leaves Redis`() async throws {
        try await withBench { bench in
            let envelope = try dead(1, "row 17 is gone")
            try await bury([envelope], bench)
            #expect(try await bench.archivist().archive(Numbered.queue) == 1)
            #expect(try await bench.redis.call("LLEN", bench.keys.dead).int == 0)
            let letter = try #require(try await bench.letters.list(DeadLetterFilter()).first)
            #expect(letter.job == envelope.id)
            #expect(letter.death == 1)
            #expect(letter.errorType == "Oops")
            let details = try #require(try await bench.letters.find(letter.id))
            #expect(details.failures.map(\.attempt) == [1, 2, 3])
            #expect(details.envelope == envelope.encoded)
        }
    }

    @Test func `what two running archivists find at once is stored once`() async throws {
        try await withBench { bench in
            let archivists = (0..<2).map { _ in bench.archivist() }
            for archivist in archivists { try await archivist.start() }
            try await bury(try (0..<700).map { try dead($0, "no \($0)") }, bench)
            try await eventually("all are stored") {
                try await bench.redis.call("LLEN", bench.keys.dead).int == 0
            }
            for archivist in archivists { await archivist.stop() }
            let counts = try await bench.database.one(
                "select count(*), count(distinct job_id) from dead_letters", as: (Int, Int).self)
            #expect(counts == (700, 700))
        }
    }

    @Test func `what was stored but not cut is stored once, and cutting never takes others`() async throws {
        try await withBench { bench in
            let envelopes = try (0..<3).map { try dead($0, "no") }
            try await bury(envelopes, bench)
            try await bench.archivist().archive(Numbered.queue)
            // As if it had died before it cut, and others had come behind.
            try await bury(envelopes + [try dead(9, "no")], bench)
            try await bench.archivist().archive(Numbered.queue)
            #expect(try await bench.letters.count() == 4)
            #expect(try await bench.redis.call("LLEN", bench.keys.dead).int == 0)
            try await bury([try dead(10, "no")], bench)
            let cut = try await bench.redis.run(TrimDeadScript.script, keys: 1) { writer in
                writer.append(bench.keys.base)
                writer.append(1)
                writer.append(envelopes[0].encoded)
                writer.append(envelopes[0].encoded)
            }
            #expect(cut.int == 0)
            #expect(try await bench.redis.call("LLEN", bench.keys.dead).int == 1)
        }
    }

    @Test func `a second copy of a durable job that has ended leaves no letter`() async throws {
        try await withBench { bench in
            let id = try await bench.durable.enqueue(Numbered(number: 1))
            let envelope = try await eventuallySome { try await bench.readyEnvelopes().first }
            try await bench.finish([id])
            try await bury([envelope], bench)
            #expect(try await bench.archivist().archive(Numbered.queue) == 1)
            #expect(try await bench.letters.count() == 0)
        }
    }

    @Test func `a death that was stored before does not end the job that was retried since`() async throws {
        try await withBench { bench in
            try await bench.durable.enqueue(Numbered(number: 1))
            let envelope = try await eventuallySome { try await bench.readyEnvelopes().first }
            try await bury([envelope], bench)
            #expect(try await bench.archivist().archive(Numbered.queue) == 1)
            let letter = try #require(try await bench.letters.list(DeadLetterFilter()).first)
            #expect(try await bench.letters.retry([letter.id]) == 1)
            // As if its storing had been interrupted before it was cut, or another copy of it had died.
            try await bury([envelope], bench)
            #expect(try await bench.archivist().archive(Numbered.queue) == 1)
            #expect(try await bench.database.one("select count(*) from outbox", as: Int.self) == 1)
            #expect(try await bench.database.one("select count(*) from dead_letters", as: Int.self) == 1)
        }
    }

    @Test func `garbage is kept as it is, and a crash says so`() async throws {
        try await withBench { bench in
            try await bench.redis.call("RPUSH", bench.keys.dead, [0xff, 0, 1, 2] as [UInt8])
            try await bench.redis.call("RPUSH", bench.keys.dead, [UInt8]())
            try await bury([try dead(1, "text") { $0.crashes = 5 }], bench)
            #expect(try await bench.archivist().archive(Numbered.queue) == 3)
            let letters = try await bench.letters.list(DeadLetterFilter())
            #expect(letters.filter { !$0.isReadable }.count == 2)
            #expect(letters.first { $0.isReadable }?.lastError == "killed its worker 5 times")
            #expect(try await bench.letters.retry(letters.filter { !$0.isReadable }.map(\.id)) == 0)
        }
    }

    @Test func `a retried job is ready again as new, and dies a second death`() async throws {
        try await withBench { bench in
            let large = [UInt8](repeating: 7, count: 30_000)
            var envelope = try dead(1, "no") { $0.attributes.insert(.payloadStored) }
            envelope.payload = []
            try await PayloadStore(database: bench.database).save(large, of: envelope.id)
            try await bury([envelope], bench)
            try await bench.archivist().archive(Numbered.queue)
            let letter = try #require(try await bench.letters.list(DeadLetterFilter()).first)
            #expect(try await bench.letters.retry([letter.id]) == 1)
            #expect(try await bench.letters.retry([letter.id]) == 0)
            let again = try await eventuallySome { try await bench.readyEnvelopes().first }
            #expect(again.id == envelope.id)
            #expect(again.attempts == 0)
            #expect(again.options.deaths == 1)
            #expect(again.attributes.contains(.durable))
            #expect(try await PayloadStore(database: bench.database).load([again.id]) == [again.id: large])
            #expect(try await bench.letters.count() == 0)
            try await bury([again], bench)
            try await bench.archivist().archive(Numbered.queue)
            var all = DeadLetterFilter()
            all.includesRetried = true
            #expect(try await bench.letters.list(all).map(\.death) == [2, 1])
            #expect(try await bench.outboxCount() == 0)
        }
    }

    @Test func `letters are found by what they say, counted in groups, and changed in bulk`() async throws {
        try await withBench { bench in
            let envelopes = try (0..<1200).map { number in
                number % 3 == 0
                    ? try dead(number, "timeout after \(number) ms", type: "Timeout")
                    : try dead(number, "user \(number) has no address")
            }
            try await bury(envelopes, bench)
            while try await bench.archivist().archive(Numbered.queue) > 0 {}
            let groups = try await bench.letters.groups()
            #expect(Set(groups.map(\.waiting)) == [400, 800])
            var filter = DeadLetterFilter()
            filter.text = "timeout 300"
            #expect(try await bench.letters.list(filter).map(\.lastError) == ["timeout after 300 ms"])
            var seen: [Int64] = []
            var cursor: DeadLetterCursor?
            filter.text = "address"
            while case let page = try await bench.letters.list(filter, after: cursor, limit: 100), !page.isEmpty {
                seen += page.map(\.id)
                cursor = page.last?.cursor
            }
            #expect(seen.count == 800)
            #expect(Set(seen).count == 800)

            filter = DeadLetterFilter()
            filter.errorType = "Timeout"
            var steps: [BulkProgress] = []
            #expect(try await bench.letters.retryAll(filter) { steps.append($0) } == 400)
            #expect(steps.last == BulkProgress(done: 400, total: 400))
            #expect(try await bench.outboxCount() == 400)
            #expect(try await bench.letters.groups().map(\.waiting) == [800])
            filter.errorType = "Oops"
            #expect(try await bench.letters.deleteAll(filter) == 800)
            #expect(try await bench.letters.groups().isEmpty)
        }
    }

    @Test func `what retention drops is noted`() async throws {
        try await withBench { bench in
            try await bury(try (0..<10).map { try dead($0, "no") }, bench)
            try await bench.archivist().archive(Numbered.queue)
            try await bench.database.run(
                "update dead_letters set died_at = now() - interval '100 days' where id % 2 = 0")
            var retention = DeadLetterRetention()
            retention.count = 3
            #expect(try await retention.prune(on: bench.database) == 7)
            let noted = try await bench.database.all(
                "select reason, letters from dead_letter_prunings order by reason", as: (String, Int).self)
            #expect(noted.map(\.0) == ["age", "count"])
            #expect(noted.map(\.1) == [5, 2])
            #expect(try await bench.letters.count() == 3)
        }
    }

    @Test(arguments: [
        ("row 17 of 0f3c-aa is gone", "row # of # is gone"),
        ("no file 'a b.txt' here", "no file \"…\" here"),
        ("can't read it's 5th", "can't read it's #"),
        ("Timeout after 12.5 s", "timeout after #.# s"),
        ("an open \" quote", "an open \" quote"),
    ])
    func `the shape of a message leaves out what differs`(message: String, shape: String) {
        #expect(Fingerprint.shape(of: message) == shape)
    }

    /// With `SOAK` a million letters; how long the answers take is measured by `make bench-queue`.
    @Test func `each filter finds its letters, page by page`() async throws {
        let count = Soak.isOn ? 1_000_000 : 30_000
        try await withBench { bench in
            try await bench.database.run(
                """
                insert into dead_letters (
                    job_id, death, queue, style, kind, job_key, priority, envelope, is_readable, attempts, crashes,
                    errors, error_type, last_error, fingerprint, enqueued_at, died_at
                )
                select
                    gen_random_uuid(), 1, 'queue' || n % 7, 0, 'kind' || n % 50, 'key' || n % 10000, 1, 'envelope', true,
                    3, 0, '[]', 'Error' || n % 20, 'user ' || n || ' has no address in town' || n % 100,
                    'print' || n % 200, now(), now() - (\(count) - n) * interval '1 second'
                from generate_series(1, \(count)) n
                """, within: .minutes(5))
            try await bench.database.run("analyze dead_letters", within: .minutes(1))
            var filters = [DeadLetterFilter](repeating: DeadLetterFilter(), count: 9)
            filters[1].queue = "queue3"
            filters[2].kind = "kind7"
            filters[3].errorType = "Error19"
            filters[3].queue = "queue1"
            filters[4].fingerprint = "print77"
            filters[5].key = "key123"
            filters[6].text = "\(count / 2) address"
            filters[7].text = "address town42"
            filters[8].diedBefore = .now - .seconds(Int64(count) - 100)
            for filter in filters {
                let page = try await bench.letters.list(filter)
                #expect(!page.isEmpty)
                _ = try await bench.letters.list(filter)
                _ = try await bench.letters.list(filter, after: page.last?.cursor)
                _ = try await bench.letters.count(filter)
            }
            _ = try await bench.letters.groups(limit: 300)
            #expect(try await bench.letters.count() == count)
        }
    }
}
