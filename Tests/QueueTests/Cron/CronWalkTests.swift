import Runtime
import TestSupport
import Testing

@testable import Queue

/// Compares `next` with a walk that knows nothing but the numbers allowed and what the clock on the wall shows.
@Suite struct CronWalkTests {
    private static let zones = [
        "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kolkata", "UTC",
        "America/Sao_Paulo", "Europe/Dublin", "America/St_Johns",
    ]

    @Test func `next equals a walk minute by minute`() throws {
        var seed = Seed()
        for _ in 0..<(Soak.isOn ? 20_000 : 150) {
            let numbers = AllowedNumbers.random(withSeconds: false, using: &seed)
            try compare(numbers, step: 60, steps: 6000, using: &seed)
        }
    }

    @Test func `next equals a walk second by second`() throws {
        var seed = Seed()
        for _ in 0..<(Soak.isOn ? 2000 : 10) {
            let numbers = AllowedNumbers.random(withSeconds: true, using: &seed)
            try compare(numbers, step: 1, steps: 20_000, using: &seed)
        }
    }

    private func compare(_ numbers: AllowedNumbers, step: Int64, steps: Int, using seed: inout Seed) throws {
        let zone = try TimeZone(try #require(Self.zones.randomElement(using: &seed)))
        let start = try moment(near: zone, using: &seed)
        let expression = try CronExpression(numbers.text)
        let next = expression.next(after: start, in: zone)
        let walked = Walk(numbers: numbers, zone: zone, step: step).next(after: start, steps: steps)
        let message = Comment(rawValue: "\(numbers.text) in \(zone) after \(start.rfc3339)")
        if let walked {
            #expect(next == walked, message)
        } else if let next {
            #expect(next > start + .seconds(step * Int64(steps - 2)), message)
        }
    }

    /// Most often within hours of a clock change, in steps that meet its very second.
    private func moment(near zone: TimeZone, using seed: inout Seed) throws -> Timestamp {
        let any = Timestamp(seconds: Int64.random(in: 1_300_000_000...2_600_000_000, using: &seed))
        guard Bool.random(using: &seed), let change = zone.nextTransition(after: any) else { return any }
        let quarters = Int64.random(in: Bool.random(using: &seed) ? -40...6 : -1...4, using: &seed)
        return change + .seconds(quarters * 900 + Int64.random(in: -1...1, using: &seed))
    }
}

/// What a random expression allows, kept beside its text.
struct AllowedNumbers {
    var seconds: Set<Int> = [0]
    var minutes, hours, days, months, weekdays: Set<Int>
    var text: String
    var isInterval: Bool

    static func random(withSeconds: Bool, using seed: inout Seed) -> AllowedNumbers {
        let minute = field(0...59, wildcard: 0.4, using: &seed)
        let hour = field(0...23, wildcard: 0.5, using: &seed)
        let day = field(1...31, wildcard: 0.8, using: &seed)
        let month = field(1...12, wildcard: 0.9, using: &seed)
        let weekday = field(0...6, wildcard: 0.8, using: &seed)
        var numbers = AllowedNumbers(
            minutes: minute.numbers, hours: hour.numbers, days: day.numbers, months: month.numbers,
            weekdays: weekday.numbers, text: [minute, hour, day, month, weekday].map(\.text).joined(separator: " "),
            isInterval: minute.text.hasPrefix("*") || hour.text.hasPrefix("*"))
        numbers.isEitherDay = !day.text.hasPrefix("*") && !weekday.text.hasPrefix("*")
        if withSeconds {
            let second = field(0...59, wildcard: 0.3, using: &seed)
            numbers.seconds = second.numbers
            numbers.text = second.text + " " + numbers.text
        }
        return numbers
    }

    private var isEitherDay = false

    func allow(_ civil: CivilTime) -> Bool {
        guard seconds.contains(civil.second), minutes.contains(civil.minute), hours.contains(civil.hour),
            months.contains(civil.month)
        else { return false }
        let (date, weekday) = (days.contains(civil.day), weekdays.contains(civil.weekday))
        return isEitherDay ? date || weekday : date && weekday
    }

    /// `*`, `*/n`, or a list of numbers and ranges; never all values without a star.
    private static func field(
        _ range: ClosedRange<Int>, wildcard: Double, using seed: inout Seed
    ) -> (text: String, numbers: Set<Int>) {
        if Double.random(in: 0...1, using: &seed) < wildcard {
            let step = Int.random(in: 1...4, using: &seed)
            return (
                step == 1 ? "*" : "*/\(step)", Set(stride(from: range.lowerBound, through: range.upperBound, by: step))
            )
        }
        var numbers: Set<Int> = []
        let items = (0..<Int.random(in: 1...3, using: &seed)).map { _ -> String in
            let first = Int.random(in: range, using: &seed)
            let length = Int.random(in: 0...min(2, range.count - 1), using: &seed)
            for distance in 0...length {
                numbers.insert((first - range.lowerBound + distance) % range.count + range.lowerBound)
            }
            let last = (first - range.lowerBound + length) % range.count + range.lowerBound
            return length == 0 ? "\(first)" : "\(first)-\(last)"
        }
        return numbers.count == range.count ? ("*", numbers) : (items.joined(separator: ","), numbers)
    }
}

/// Goes from moment to moment and looks at the clock.
private struct Walk {
    let numbers: AllowedNumbers
    let zone: TimeZone
    /// Seconds.
    let step: Int64

    func next(after start: Timestamp, steps: Int) -> Timestamp? {
        var moment = Timestamp(seconds: start.seconds.flooredQuotient(by: step) * step)
        if numbers.isInterval {
            for _ in 0..<steps {
                moment += .seconds(step)
                if numbers.allow(zone.civil(at: moment)) { return moment }
            }
            return nil
        }
        // Until a day before the start only the latest local time counts.
        var reached = Int64.min
        for back in stride(from: Int64(0), through: 26 * 3600, by: 900) {
            reached = max(reached, local(moment - .seconds(back)))
        }
        reached = max(reached, latestLocal(before: moment))
        for _ in 0..<steps {
            moment += .seconds(step)
            while reached < local(moment) {
                reached += step
                if numbers.allow(Timestamp(seconds: reached).civil) { return moment }
            }
        }
        return nil
    }

    private func local(_ moment: Timestamp) -> Int64 { moment.seconds + Int64(zone.offset(at: moment)) }

    /// The last step before a clock change within a day.
    private func latestLocal(before moment: Timestamp) -> Int64 {
        guard let change = zone.nextTransition(after: moment - .hours(26)), change <= moment else { return .min }
        return local(change - .seconds(step))
    }
}
