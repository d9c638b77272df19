/// All that is wrong with the configuration, so that it can be put right in one go.
package struct ConfigError: Error, Sendable, CustomStringConvertible {
    /// One variable, or one line of a file, that is wrong.
    package struct Complaint: Sendable, Hashable, CustomStringConvertible {
        package let name: String
        package let problem: String
        package let example: String?

        package init(name: String, problem: String, example: String? = nil) {
            self.name = name
            self.problem = problem
            self.example = example
        }

        package var description: String {
            guard let example else { return "\(name): \(problem)" }
            return "\(name): \(problem) (example: \(name)=\(example))"
        }
    }

    package let complaints: [Complaint]

    package init(complaints: [Complaint]) { self.complaints = complaints }

    /// One complaint per line.
    package var description: String { complaints.map(\.description).joined(separator: "\n") }
}

/// Why a text is not a value of its setting; follows the text or the name in a sentence ("is not a whole number").
package struct ConfigMistake: Error {
    package let problem: String

    package init(_ problem: String) { self.problem = problem }
}
