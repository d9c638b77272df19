/// Reads the words after `yardctl` by the table of commands.
struct ArgumentParser: Sendable {
    let commands: [Command]

    /// What was asked for.
    enum Request: Sendable {
        case run(Invocation)
        /// Help about all of it, about a group, or about one command.
        case help(about: [Command], group: String?)
    }

    func parse(_ words: [String]) throws(UsageError) -> Request {
        guard let first = words.first(where: { !$0.hasPrefix("-") }) else { return try withoutCommand(words) }
        let group = commands.filter { $0.group == first }
        guard !group.isEmpty else { throw unknown(first, among: commands.map(\.group), "command") }
        if let single = group.first(where: { $0.path == first }) { return try parse(single, words, count: 1) }
        guard let verb = words.drop(while: { $0 != first }).dropFirst().first(where: { !$0.hasPrefix("-") }) else {
            if words.contains("--help") || words.contains("-h") { return .help(about: group, group: first) }
            throw UsageError("\(first) what? It knows \(Self.listed(group.map { $0.words[1] }))")
        }
        guard let command = group.first(where: { $0.path == "\(first) \(verb)" }) else {
            throw unknown(verb, among: group.map { $0.words[1] }, "\(first) command")
        }
        return try parse(command, words, count: 2)
    }

    private func withoutCommand(_ words: [String]) throws(UsageError) -> Request {
        switch words.first {
        case nil, "--help", "-h": return .help(about: commands, group: nil)
        case "--version":
            if let version = commands.first(where: { $0.path == "version" }) { return .run(Invocation(version)) }
            return .help(about: commands, group: nil)
        case let word?: throw UsageError("\"\(word)\" stands before any command")
        }
    }

    private func parse(_ command: Command, _ words: [String], count: Int) throws(UsageError) -> Request {
        var scan = WordScan(command: command)
        try scan.read(words, skipping: command.words)
        if scan.invocation.flag("help") { return .help(about: [command], group: nil) }
        return .run(try scan.finished())
    }

    private func unknown(_ word: String, among names: [String], _ what: String) -> UsageError {
        let hint = Suggestion.nearest(to: word, among: names).map { "; did you mean \($0)?" } ?? ""
        return UsageError("there is no \(what) \"\(word)\"\(hint)")
    }

    static func listed(_ words: [String]) -> String {
        words.count < 2
            ? words.joined() : words.dropLast().joined(separator: ", ") + " and " + (words.last ?? "")
    }
}

/// Sorts the words behind a command into options and places.
private struct WordScan {
    let command: Command
    var invocation: Invocation
    private var placed: [String] = []

    init(command: Command) {
        self.command = command
        invocation = Invocation(command)
    }

    mutating func read(_ words: [String], skipping path: [String]) throws(UsageError) {
        var path = path[...]
        var rest = words[...]
        while let word = rest.popFirst() {
            if word == "--" {
                placed += rest
                return
            }
            if word.hasPrefix("--") {
                try readLong(word.dropFirst(2), &rest)
            } else if word.hasPrefix("-"), word.count > 1 {
                try readShort(word.dropFirst(), &rest)
            } else if word == path.first {
                path.removeFirst()
            } else {
                placed.append(word)
            }
        }
    }

    private mutating func readLong(_ word: Substring, _ rest: inout ArraySlice<String>) throws(UsageError) {
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(parts[0])
        guard let option = command.allOptions.first(where: { $0.name == name }) else {
            let hint = Suggestion.nearest(to: name, among: command.allOptions.map(\.name))
            throw mistake("there is no option --\(name)" + (hint.map { "; did you mean --\($0)?" } ?? ""))
        }
        try set(option, parts.count > 1 ? String(parts[1]) : nil, &rest)
    }

    /// `-q push`, `-qpush`, and `-y` next to others without a value.
    private mutating func readShort(_ letters: Substring, _ rest: inout ArraySlice<String>) throws(UsageError) {
        var letters = letters
        while let letter = letters.popFirst() {
            guard let option = command.allOptions.first(where: { $0.letter == letter }) else {
                throw mistake("there is no option -\(letter)")
            }
            let hasValue = option.value != nil
            try set(option, hasValue && !letters.isEmpty ? String(letters) : nil, &rest)
            if hasValue { return }
        }
    }

    private mutating func set(
        _ option: Command.Option, _ attached: String?, _ rest: inout ArraySlice<String>
    ) throws(UsageError) {
        guard let placeholder = option.value else {
            guard attached == nil else { throw mistake("--\(option.name) has no value") }
            return invocation.add("", to: option.name)
        }
        guard let value = attached ?? rest.popFirst() else { throw mistake("--\(option.name) needs \(placeholder)") }
        try check(value, option.choices, "--\(option.name)")
        invocation.add(value, to: option.name)
    }

    private func check(_ value: String, _ choices: [String], _ subject: String) throws(UsageError) {
        guard !choices.isEmpty, !choices.contains(value) else { return }
        let hint = Suggestion.nearest(to: value, among: choices).map { "; did you mean \($0)?" }
        throw mistake(
            "\(subject): \"\(value)\" is not one of \(choices.joined(separator: ", "))\(hint ?? "")")
    }

    mutating func finished() throws(UsageError) -> Invocation {
        var rest = placed[...]
        for parameter in command.parameters {
            let taken = parameter.isRepeated ? rest : rest.prefix(1)
            rest = rest.dropFirst(taken.count)
            guard !taken.isEmpty || parameter.isOptional else { throw mistake("\(parameter.name) is missing") }
            for word in taken { try check(word, parameter.choices, parameter.name) }
            invocation.put(Array(taken), at: parameter.name)
        }
        if let surplus = rest.first { throw mistake("\"\(surplus)\" is one word too many") }
        return invocation
    }

    private func mistake(_ text: String) -> UsageError { UsageError(text, command: command) }
}
