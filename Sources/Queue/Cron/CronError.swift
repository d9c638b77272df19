/// What is wrong with a cron expression: `the minute "61": allowed are 0 to 59 …`.
package struct CronError: Error, Hashable, Sendable, CustomStringConvertible {
    /// All of it, as written.
    package let expression: String
    /// Nil where the expression as a whole is at fault.
    package let field: CronField?
    /// The part that is not understood.
    package let text: String
    /// What could stand there.
    package let allowed: String

    package var description: String {
        let place = field.map { "the \($0) \"\(text)\"" } ?? "\"\(text)\""
        return "cron expression \"\(expression)\": \(place) is not understood; allowed: \(allowed)"
    }
}
