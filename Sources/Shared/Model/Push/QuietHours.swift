import Runtime

/// When somebody does not want to be disturbed: minutes of the day where they are.
struct QuietHours: Sendable, Equatable {
    let from: Int
    let until: Int
    let zone: String

    init?(from: Int?, until: Int?, zone: String) {
        guard let from, let until else { return nil }
        self.from = from
        self.until = until
        self.zone = zone
    }

    /// They may go past midnight. Where both ends are the same, there are none.
    func covers(_ now: Timestamp) -> Bool {
        let place = (try? TimeZone(zone)) ?? .utc
        let civil = place.civil(at: now)
        let minute = civil.hour * 60 + civil.minute
        return from <= until ? (from..<until).contains(minute) : minute >= from || minute < until
    }
}
