import Runtime

/// Dates as HTTP spells them: `Sun, 06 Nov 1994 08:49:37 GMT`.
public enum HTTPDate {
    private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    public static func text(_ time: Timestamp) -> String {
        let civil = time.civil
        let clock = "\(two(civil.hour)):\(two(civil.minute)):\(two(civil.second))"
        let year = String("000\(civil.year)".suffix(4))
        return "\(days[civil.weekday]), \(two(civil.day)) \(months[civil.month - 1]) \(year) \(clock) GMT"
    }

    /// The spelling above alone: the older two have not been sent for decades. Nil for anything else.
    public static func parse(_ text: String) -> Timestamp? {
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        guard text.utf8.count == 29, words.count == 6, words[5] == "GMT",
            let day = Int(words[1]), let month = months.firstIndex(of: String(words[2])), let year = Int(words[3])
        else { return nil }
        let clock = words[4].split(separator: ":").map { Int($0) ?? -1 }
        guard year >= 0, (1...CivilTime.daysIn(month: month + 1, of: year)).contains(day), clock.count == 3,
            (0..<24).contains(clock[0]), (0..<60).contains(clock[1]), (0...60).contains(clock[2])
        else { return nil }
        let civil = CivilTime(
            year: year, month: month + 1, day: day, hour: clock[0], minute: clock[1], second: clock[2])
        let time = Timestamp(civil)
        return self.text(time) == text ? time : nil
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
