import Runtime

/// When something is to happen again and again: five fields, six with seconds first, or `@daily` and the like.
///
/// **Fields**: minute, hour, day of month, month, day of week, each with `*`, numbers, names (`JAN`, `SUN`; 0 and 7 are
/// Sunday), ranges that may go round (`FRI-MON`), steps and lists. The day of month knows `L`, `L-3`, `15W` and `LW`, the
/// day of week `5L` and `5#2`. A field with `*` (also `*/2`) is unrestricted; where both fields of days are restricted,
/// either of them is enough, as always in cron.
///
/// **Clock changes.** With a `*` in minutes or hours the expression is an interval: it runs whenever the clock on the wall
/// matches, so nothing runs in the hour that spring leaves out, and the hour that autumn repeats runs twice. Without, it
/// means set times, and each of them happens once: those that spring leaves out at the moment after the gap, together;
/// those that autumn repeats at their first occurrence.
///
/// **`@every 90s`** has no clock: it runs at the multiples of 90 s since 1970, so that all processes agree.
package struct CronExpression: Hashable, Sendable {
    /// As written.
    package let text: String
    let schedule: Schedule

    enum Schedule: Hashable, Sendable {
        case calendar(CronCalendar)
        case every(seconds: Int64)
    }

    package init(_ text: String) throws(CronError) {
        self.text = text
        schedule = try Schedule(text)
    }

    /// The first occurrence later than `moment`; nil where there is none, such as 30 February.
    package func next(after moment: Timestamp, in zone: TimeZone) -> Timestamp? {
        switch schedule {
        case .every(let seconds):
            Timestamp(seconds: (moment.seconds.flooredQuotient(by: seconds) + 1) * seconds)
        case .calendar(let calendar):
            calendar.isInterval
                ? calendar.firstMatch(from: Timestamp(seconds: moment.seconds + 1), in: zone)
                : calendar.firstReached(from: Timestamp(seconds: moment.seconds + 1), in: zone)
        }
    }

    /// The next occurrences, fewer than `count` where there are no more.
    package func upcoming(_ count: Int = 20, after moment: Timestamp = .now, in zone: TimeZone) -> [Timestamp] {
        var found: [Timestamp] = []
        var last = moment
        while found.count < count, let next = next(after: last, in: zone) {
            found.append(next)
            last = next
        }
        return found
    }
}

extension CronCalendar {
    /// For intervals: the first whole second at which the clock on the wall matches.
    fileprivate func firstMatch(from start: Timestamp, in zone: TimeZone) -> Timestamp? {
        var start = start
        while true {
            let period = zone.period(at: start)
            let offset = Duration.seconds(period.offset)
            guard let match = first(from: (start + offset).civil) else { return nil }
            let moment = Timestamp(match) - offset
            guard let end = period.end, end <= moment else { return moment }
            start = end
        }
    }

    /// For set times: when the clock on the wall first reaches the next of those that it has not shown before.
    fileprivate func firstReached(from start: Timestamp, in zone: TimeZone) -> Timestamp? {
        first(from: zone.civil(unseenBefore: start)).map(zone.moment(reaching:))
    }
}
