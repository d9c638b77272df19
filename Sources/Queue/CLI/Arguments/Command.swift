import Runtime

/// One command of yardctl: how it is called, and what it does. Parsing, help and completion are made from these.
struct Command: Sendable {
    /// `jobs list`: a group and a verb, or one word.
    let path: String
    let summary: String
    /// What else help says: sentences, each a line.
    var details: [String] = []
    var parameters: [Parameter] = []
    var options: [Option] = []
    /// With what arguments, and what that does.
    var examples: [(arguments: String, meaning: String)] = []
    /// Not for people: the completion asks it.
    var isHidden = false
    let run: @Sendable (Invocation, Session) async throws -> ExitCode

    /// A word by its place.
    struct Parameter: Sendable {
        let name: String
        let summary: String
        var isOptional = false
        /// The last one may take all the words that are left.
        var isRepeated = false
        var choices: [String] = []
        var words: Words = .none
    }

    /// A word by its name.
    struct Option: Sendable {
        let name: String
        var letter: Character?
        /// What stands for the value in help; nil for one that has none.
        var value: String?
        let summary: String
        var choices: [String] = []
        var words: Words = .none
    }

    /// What a shell offers in a place.
    enum Words: String, Sendable {
        case none, files, queues, workers, kinds, commands
    }

    var words: [String] { path.split(separator: " ").map(String.init) }
    var group: String { words[0] }

    /// All that may stand behind it, those included that every command has.
    var allOptions: [Option] { options + Self.common }

    static let common = [
        Option(name: "json", summary: "print one JSON document, for programs"),
        Option(name: "help", letter: "h", summary: "show how the command is used"),
    ]

    /// `yardctl jobs show ID… [options]`
    var usage: String {
        let places = parameters.map { parameter in
            let name = parameter.name + (parameter.isRepeated ? "…" : "")
            return parameter.isOptional ? "[\(name)]" : name
        }
        return (["yardctl", path] + places + (options.isEmpty ? [] : ["[options]"])).joined(separator: " ")
    }
}

/// Options that several commands have in the same words.
extension Command.Option {
    static let queue = Command.Option(
        name: "queue", letter: "q", value: "QUEUE", summary: "only this queue", words: .queues)
    static let kind = Command.Option(
        name: "kind", letter: "k", value: "KIND", summary: "only jobs of this kind", words: .kinds)
    static let key = Command.Option(name: "key", value: "KEY", summary: "only jobs under this key")
    static let limit = Command.Option(
        name: "limit", letter: "n", value: "COUNT", summary: "how many to list (default 50)")
    static let after = Command.Option(
        name: "after", value: "CURSOR", summary: "the next page: what the last one ended with")
    static let yes = Command.Option(name: "yes", letter: "y", summary: "do not ask")
    static let rate = Command.Option(
        name: "rate", value: "COUNT", summary: "at most so many jobs per second (default: as fast as it goes)")
    static let at = Command.Option(
        name: "at", value: "TIME", summary: "when: 2026-05-01T12:00:00Z, or 2026-05-01 12:00 in UTC")
    static let `in` = Command.Option(name: "in", value: "SPAN", summary: "when, from now: 30s, 10m, 1h30m, 2d")
}
