import Runtime
import TestSupport
import Testing

@testable import Postgres

@Suite struct ListenTests {
    @Test func `a listener hears what is sent, and of a gap after its connection was cut`() async throws {
        let server = try await PostgresServer()
        try await withDatabase(at: server.url) { database in
            var heard = database.listen(to: ["jobs", #"odd "name""#]).makeAsyncIterator()
            #expect(await heard.next() == .listening)
            let word = "hello ü"
            try await database.run("select pg_notify('jobs', \(word))")
            #expect(await heard.next() == .notification(channel: "jobs", payload: word))
            try await database.run("select pg_notify(\(#"odd "name""#), '')")
            #expect(await heard.next() == .notification(channel: #"odd "name""#, payload: ""))
            try await Psql.run(
                "select pg_terminate_backend(pid) from pg_stat_activity where query like 'listen%'", on: server.url)
            #expect(await heard.next() == .gap)
            try await database.run("notify jobs, 'again'")
            #expect(await heard.next() == .notification(channel: "jobs", payload: "again"))
            try await server.restart()
            #expect(await heard.next() == .gap)
        }
    }

    @Test func `a hearer that is too slow is told that it missed something`() async throws {
        let url = try TestStores.current.databaseURL
        try await withDatabase(at: url) { database in
            let channel = "slow_\(UInt32.random(in: 0 ... .max))"
            let heard = database.listen(to: [channel], buffering: 8)
            var iterator = heard.makeAsyncIterator()
            #expect(await iterator.next() == .listening)
            try await database.run("select pg_notify(\(channel), n::text) from generate_series(1, 100) n")
            var isTold = false
            for _ in 0..<100 where !isTold {
                try await database.run("select pg_notify(\(channel), 'more')")
                isTold = await iterator.next() == .gap
            }
            #expect(isTold)
        }
    }

    @Test func `a listener that is dropped gives its connection back`() async throws {
        let server = try await PostgresServer()
        func listening() async throws -> Int? {
            Int(
                try await Psql.run("select count(*) from pg_stat_activity where query like 'listen%'", on: server.url)
                    .filter(\.isNumber))
        }
        try await withDatabase(at: server.url) { database in
            try await Task {
                var heard = database.listen(to: ["jobs"]).makeAsyncIterator()
                #expect(await heard.next() == .listening)
                let count = try await listening()
                #expect(count == 1)
            }.value
            try await eventually { try await listening() == 0 }
        }
    }
}
