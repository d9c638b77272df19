import Runtime

/// When something happens, in what place's time, and what becomes of runs that were missed.
package struct CronEntry: Hashable, Sendable {
    /// What occurrences are stored under: never renamed.
    package let name: String
    package let expression: CronExpression
    package let zone: TimeZone
    package let missed: MissedRuns

    package init(name: String, expression: CronExpression, zone: TimeZone = .utc, missed: MissedRuns = .runOnce) {
        self.name = name
        self.expression = expression
        self.zone = zone
        self.missed = missed
    }

    /// For entries declared in code; throws `CronError` or `TimeZoneError`.
    package init(_ name: String, _ expression: String, zone: String = "UTC", missed: MissedRuns = .runOnce) throws {
        try self.init(name: name, expression: CronExpression(expression), zone: TimeZone(zone), missed: missed)
    }
}
