/// Something that an operator should know, and what to do about it.
package struct Finding: Sendable, Hashable {
    package enum Level: String, Sendable, CaseIterable {
        /// As it should be.
        case fine
        /// Worth a look.
        case warning
        /// Jobs are lost, stuck or about to be.
        case problem
    }

    package let level: Level
    /// What it is about: `redis`, `postgresql`, or a queue.
    package let subject: String
    /// What was looked at, for programs: `eviction-policy`.
    package let check: String
    package let text: String
    /// Empty when nothing has to be done.
    package let advice: String

    package init(_ level: Level, _ subject: String, _ check: String, _ text: String, advice: String = "") {
        self.level = level
        self.subject = subject
        self.check = check
        self.text = text
        self.advice = advice
    }
}
