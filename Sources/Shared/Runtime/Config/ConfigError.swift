/// All that is wrong with the configuration, so that it can be put right in one go.
public struct ConfigError: Error, Sendable, CustomStringConvertible {
    /// One variable, or one line of a file, that is wrong.
    public struct Complaint: Sendable, Hashable, CustomStringConvertible {
        public let name: String
        public let problem: String
        public let example: String?

        public init(name: String, problem: String, example: String? = nil) {
            self.name = name
            self.problem = problem
            self.example = example
        }

        public var description: String {
            guard let example else { return "\(name): \(problem)" }
            return "\(name): \(problem) (example: \(name)=\(example))"
        }
    }

    public let complaints: [Complaint]

    public init(complaints: [Complaint]) { self.complaints = complaints }

    /// One complaint per line.
    public var description: String { complaints.map(\.description).joined(separator: "\n") }
}

/// Why a text is not a value of its setting; follows the text or the name in a sentence ("is not a whole number").
public struct ConfigMistake: Error {
    public let problem: String

    public init(_ problem: String) { self.problem = problem }
}
