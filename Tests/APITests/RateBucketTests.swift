import HTTP
import Runtime
import TestSupport
import Testing

@testable import APIFrame

/// What loops make of one shared bucket, in whatever order their questions arrive there and their answers come back.
struct RateBucketTests {
    /// One loop: its bucket, the questions on their way to Redis, and the answers on their way back.
    private struct Loop {
        var bucket: RateBucket
        var questions: [Int?] = []
        var answers: [(wanted: Int?, grant: RateGrant)] = []
    }

    /// Time stands still here, so no token comes back.
    private struct Play {
        static let now = MonotonicTime(nanoseconds: 1_000_000_000)
        let rule: RateRule
        var left: Int
        var loops: [Loop]
        var allowed = 0
        var refused = 0

        init(burst: Int, loops count: Int) {
            let rule = RateRule(burst: burst, window: 3_600_000_000_000)
            self.rule = rule
            left = burst
            loops = (0..<count).map { _ in Loop(bucket: RateBucket(rule, at: Self.now)) }
        }

        /// What may be allowed on credit, and what may be borrowed at once.
        var part: Int { max(1, rule.burst / 20) }

        mutating func request(_ place: Int) {
            guard let verdict = loops[place].bucket.take(rule, at: Self.now) else {
                return loops[place].questions.append(nil)
            }
            count(verdict)
            guard verdict.isAllowed, let wanted = loops[place].bucket.wish(rule) else { return }
            #expect((1...2 * part).contains(wanted))
            loops[place].questions.append(wanted)
        }

        /// One connection per loop: what was asked first is answered first.
        mutating func execute(_ place: Int) {
            guard !loops[place].questions.isEmpty else { return }
            let wanted = loops[place].questions.removeFirst()
            let given = min(wanted ?? 1, left)
            left -= given
            let grant = RateGrant(given: given, left: left, microsecondsToNext: given < wanted ?? 1 ? 60_000_000 : 0)
            loops[place].answers.append((wanted, grant))
        }

        mutating func deliver(_ place: Int) {
            guard !loops[place].answers.isEmpty else { return }
            let (wanted, grant) = loops[place].answers.removeFirst()
            if let wanted {
                loops[place].bucket.granted(grant, wanted: wanted, rule, at: Self.now)
            } else {
                count(loops[place].bucket.answered(grant, rule, at: Self.now))
            }
        }

        mutating func settle(_ place: Int) {
            while !loops[place].questions.isEmpty { execute(place) }
            while !loops[place].answers.isEmpty { deliver(place) }
        }

        private mutating func count(_ verdict: RateVerdict) {
            if verdict.isAllowed { allowed += 1 } else { refused += 1 }
        }
    }

    @Test(arguments: [1, 7, 30, 60, 300, 2000, 12_000])
    func `nothing that is left is withheld, and each loop allows a twentieth too much at most`(burst: Int) {
        var seed = Seed(for: "RateBucketTests")
        for count in 1...4 {
            var play = Play(burst: burst, loops: count)
            // The slower Redis is, the more are asked for at once.
            let requests = Int.random(in: 1...20, using: &seed)
            for _ in 0..<4 * burst {
                let place = Int.random(in: 0..<count, using: &seed)
                switch Int.random(in: 0..<requests + 2, using: &seed) {
                case 0: play.execute(place)
                case 1: play.deliver(place)
                default: play.request(place)
                }
            }
            for place in 0..<count {
                play.settle(place)
                let refused = play.refused
                while play.refused == refused {
                    play.request(place)
                    play.settle(place)
                }
            }
            #expect(play.left == 0)
            #expect(play.allowed >= burst && play.allowed <= burst + count * play.part, "\(play.allowed) of \(burst)")
        }
    }
}
