import HTTP
import Redis
import Runtime
import TestSupport
import Testing

@testable import APIFrame

/// How often somebody may ask.
@Suite(.ownStores)
struct RateLimitTests {
    /// In a window so long no token comes back while a test runs.
    private func api(_ requests: Int, per window: Duration = .hours(100), redisURL: String? = nil) throws -> TestAPI {
        try TestAPI(redisURL: redisURL) { options in
            options.limits = RateLimits(requests: requests, window: window)
            // A Redis that is there answers, however busy the machine is with other tests.
            if redisURL == nil { options.limits.patience = .seconds(60) }
        }
    }

    /// How many may be allowed where `burst` are meant: for each loop fewer by what it is about to get when the test
    /// ends, which is a twentieth on credit and one in advance, and more by what it allowed on credit.
    private func range(_ burst: Int, loops: Int = 1) -> ClosedRange<Int> {
        let part = max(1, burst / 20) * loops
        return burst - 2 * part...burst + part
    }

    /// Asks until it is refused; how often that went well.
    private func allowed(
        _ api: TestAPI, _ path: String = "/t/hello", _ headers: HTTPHeaders = [:], from client: String = "203.0.113.1",
        loop: Int = 0, atMost most: Int = 1000
    ) async -> Int {
        for count in 0..<most {
            let method: HTTPMethod = path == "/t/login" ? .post : .get
            if await api.send(method, path, headers, from: client, loop: loop).status == 429 { return count }
        }
        return most
    }

    @Test func `whoever asks too often is told when to come back`() async throws {
        let api = try api(60)
        let first = await api.send(.get, "/t/hello", from: "203.0.113.1")
        #expect(first.headers["RateLimit-Limit"] == "60")
        let count = await allowed(api) + 1
        #expect(range(60).contains(count), "\(count) were allowed")
        // What was borrowed meanwhile may still come.
        let refused = try await eventuallySome {
            let answer = await api.send(.get, "/t/hello", from: "203.0.113.1")
            return answer.status == 429 ? answer : nil
        }
        #expect(refused.code == "rate_limited")
        #expect(refused.headers["RateLimit-Remaining"] == "0")
        let wait = try #require(refused.headers["Retry-After"].flatMap { Int($0) })
        #expect((1...6001).contains(wait))
        #expect(await api.send(.get, "/t/hello", from: "203.0.113.2").status == 200)
    }

    @Test func `the bucket fills again`() async throws {
        let api = try api(20, per: .milliseconds(400))
        _ = await allowed(api)
        try await eventually { await api.send(.get, "/t/hello", from: "203.0.113.1").status == 200 }
    }

    @Test func `all loops and processes share a bucket`() async throws {
        let one = try api(100), other = try api(100)
        var count = 0
        for _ in 0..<100 {
            for api in [one, other] {
                for loop in 0..<2 where await api.send(.get, "/t/hello", from: "203.0.113.1", loop: loop).status == 200
                {
                    count += 1
                }
            }
        }
        #expect(range(100, loops: 4).contains(count), "\(count) were allowed")
    }

    @Test func `a person is counted wherever they are, and an address however many use it`() async throws {
        let api = try api(30)
        let person = Person()
        let bearer = person.bearer
        var count = 0
        for number in 0..<60 where await api.send(.get, "/t/me", bearer, from: "203.0.113.\(number)").status == 200 {
            count += 1
        }
        #expect(range(30).contains(count), "\(count) were allowed")
        var many = 0
        for _ in 0..<400 where await api.send(.get, "/t/me", Person().bearer, from: "198.51.100.1").status == 200 {
            many += 1
        }
        #expect(range(300).contains(many), "\(many) were allowed")
    }

    @Test func `IPv6 addresses of one network count as one`() async throws {
        let api = try api(20)
        let first = await allowed(api, from: "2001:db8:1:2::1")
        let second = await allowed(api, from: "2001:db8:1:2:ffff::9")
        #expect(range(20).contains(first + second), "\(first) and \(second) were allowed")
        #expect(await api.send(.get, "/t/hello", from: "2001:db8:1:3::1").status == 200)
    }

    @Test func `where somebody could guess, the limit is stricter and exact`() async throws {
        let api = try api(300)
        var count = 0
        for number in 0..<30
        where await api.send(.post, "/t/login", from: "203.0.113.1", loop: number % 2).status == 204 {
            count += 1
        }
        #expect(count == 10)
        #expect(await api.send(.get, "/t/hello", from: "203.0.113.1").status == 200)
    }

    @Test func `whoever tries tokens, or paths that do not exist, is limited too`() async throws {
        let api = try api(20)
        let guesses = await allowed(api, "/t/me", ["Authorization": "Bearer guess"])
        let lost = await allowed(api, "/nowhere")
        #expect(range(20).contains(guesses + lost), "\(guesses) and \(lost) were allowed")
    }

    @Test func `0 switches all limits off`() async throws {
        let api = try api(0)
        #expect(await allowed(api, "/t/login", atMost: 100) == 100)
        #expect(await api.send(.get, "/t/hello").headers["RateLimit-Limit"] == nil)
    }

    @Test func `without Redis each loop decides alone, at once, and asks again when it is back`() async throws {
        let server = try await RedisServer()
        let api = try api(60, redisURL: server.url)
        #expect(await api.send(.get, "/t/hello", from: "203.0.113.1").status == 200)
        try await server.kill()
        let alone = await allowed(api, "/t/hello", from: "203.0.113.9")
        #expect((60...63).contains(alone), "\(alone) were allowed")
        let guesses = await allowed(api, "/t/login", from: "203.0.113.10")
        #expect(guesses == 2)
        try await server.start()
        try await eventually {
            _ = await api.send(.get, "/t/hello", from: "203.0.113.20")
            return try await server.command("keys", "*rate:*").contains("rate:")
        }
    }
}
