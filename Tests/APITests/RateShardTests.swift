import HTTP
import Runtime
import Testing

@testable import APIFrame

/// What a loop decides by itself while Redis does not answer.
struct RateShardTests {
    private let rule = RateRule(burst: 100, window: 60_000_000_000)
    private let key = RateKey(.guessing, .stranger, (1, 2))

    private func asks(_ shard: RateShard, _ count: Int, at milliseconds: UInt64) -> [Bool] {
        (0..<count).map { _ in
            switch shard.take(key, rule, isExact: true, at: MonotonicTime(nanoseconds: milliseconds * 1_000_000)) {
            case .ask: true
            case .verdict, .verdictAndWish: false
            }
        }
    }

    @Test func `once it has not answered, one request a second asks, and the others go on alone`() {
        let shard = RateShard(window: .seconds(60))
        #expect(asks(shard, 2, at: 1000) == [true, true])
        shard.failed(key, rule, at: MonotonicTime(nanoseconds: 1_250_000_000))
        #expect(asks(shard, 2, at: 1300) == [false, false])
        #expect(asks(shard, 3, at: 2250) == [true, false, false])
        #expect(asks(shard, 1, at: 3249) == [false])
        #expect(asks(shard, 2, at: 3250) == [true, false])
        let grant = RateGrant(given: 1, left: 99, microsecondsToNext: 0)
        _ = shard.answered(grant, key, rule, at: MonotonicTime(nanoseconds: 3_300_000_000))
        #expect(asks(shard, 3, at: 3301) == [true, true, true])
    }
}
