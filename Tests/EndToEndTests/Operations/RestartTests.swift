import Glibc
import HTTP
import JSON
import Postgres
import Runtime
import Synchronization
import TestSupport
import Testing

/// A deploy as docs/deployment.md tells it, under load. Part of `make soak`: it keeps a small machine busy by itself.
@Suite(.ownStores) struct RestartTests {
    /// What clients meet that try a second time where there was no answer, or one that says to.
    private final class Load: Sendable {
        private struct State {
            var isOver = false
            var posted: [String: Int] = [:]
            var retries = 0
            var failures: [String] = []
        }

        private let state = Mutex(State())
        private let http = HTTPClient(on: LoopGroup(count: 1))

        var posted: Int { state.withLock { $0.posted.values.reduce(0, +) } }
        var failures: [String] { state.withLock { $0.failures } }
        var retries: Int { state.withLock { $0.retries } }

        func end() { state.withLock { $0.isOver = true } }
        func shutDown() async { await http.shutDown() }

        func post(as person: [String], to ports: [UInt16]) async {
            var number = 0
            while !state.withLock({ $0.isOver }) {
                number += 1
                let url =
                    "http://127.0.0.1:\(ports[number % ports.count])/api/v1/conversations/\(person[2])/messages"
                let body = #"{"content":"\#(number)","clientId":"\#(person[1])-\#(number)"}"#
                let request = HTTPRequest(
                    .post, url,
                    headers: ["Authorization": "Bearer \(person[0])", "Content-Type": "application/json"],
                    body: .bytes(Array(body.utf8)))
                if let failure = await twice(request) {
                    state.withLock { $0.failures.append("\(number): \(failure)") }
                } else {
                    state.withLock { $0.posted[person[1], default: 0] += 1 }
                }
            }
        }

        /// Nil when it was taken.
        private func twice(_ request: HTTPRequest) async -> String? {
            guard await once(request) != nil else { return nil }
            state.withLock { $0.retries += 1 }
            return await once(request)
        }

        private func once(_ request: HTTPRequest) async -> String? {
            do throws(HTTPClientError) {
                let answer = try await http.send(request)
                return answer.isSuccess ? nil : "\(answer.status) \(String(decoding: answer.body, as: UTF8.self))"
            } catch { return "\(error)" }
        }
    }

    @Test(.enabled(if: Environment["SOAK"] != nil))
    func `every process is replaced under load, and nobody who tries twice notices`() async throws {
        let system = try await ChatSystem()
        let file = try await system.people(8, inGroupsOf: 4)
        let people = try TextFile.read(file).split(separator: "\n")
            .map { $0.split(separator: "\t").map(String.init) }
        let load = Load()
        let ports = system.ports
        let senders = people.prefix(4).map { person in Task { await load.post(as: person, to: ports) } }
        try await eventually("the load has begun") { load.posted > 20 }
        for name in ["api 0", "api 1", "worker-fanout 0", "worker-fanout 1", "scheduler 0"] {
            try await replace(name, in: system)
            let before = load.posted
            try await eventually("it goes on") { load.posted > before + 20 }
        }
        load.end()
        for sender in senders { await sender.value }
        #expect(load.failures == [], "of \(load.posted), with \(load.retries) second tries")

        let loops = LoopGroup(count: 1)
        let database = Database(
            DatabaseConfig(url: try TestStores.current.databaseURL), loops: loops,
            threads: ThreadPool(name: "names", threads: 1))
        let stored: Int64 = try await database.one("select count(*) from messages where sender_id is not null")
        #expect(stored == load.posted)
        // Nobody is here to push to those who are away.
        try await eventually("nothing is owed") {
            let owed: Int64 = try await database.one("select count(*) from outbox where queue = 'fanout'")
            return owed == 0
        }
        let dead: Int64 = try await database.one("select count(*) from dead_letters")
        #expect(dead == 0)
        try await system.yardctl("ledger")
        await database.close()
        await load.shutDown()
        try await system.stop()
    }

    /// The new one is there, on the same port, before the old one is asked to go.
    private func replace(_ name: String, in system: ChatSystem) async throws {
        let old = try system.process(name)
        try system.start(name)
        try await system.process(name).waitForLine(containing: #""ready""#)
        old.send(SIGTERM)
        #expect(try await old.waitForExit() == .code(0), "\(name)")
        #expect(old.lines.filter { $0.contains(#""level":"error""#) } == [], "\(name)")
    }
}
