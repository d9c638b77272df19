/// Scripts for shells, made from the table. Names of queues, workers and kinds are asked for when they are needed.
struct Completion {
    let commands: [Command]

    private var groups: [String] {
        var groups: [String] = []
        for command in commands where !groups.contains(command.group) { groups.append(command.group) }
        return groups
    }

    /// The groups that need a second word, and which.
    private var verbs: [(group: String, words: [String])] {
        groups.compactMap { group in
            let words = commands.filter { $0.group == group && $0.words.count > 1 }.map { $0.words[1] }
            return words.isEmpty ? nil : (group, words)
        }
    }

    // MARK: bash, and zsh with its emulation of bash's functions

    var bash: String {
        """
        # bash completion of yardctl
        _yardctl() {
            local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} word path= words= i
            COMPREPLY=()
            for ((i = 1; i < COMP_CWORD; i++)); do
                word=${COMP_WORDS[i]}
                case "$word" in -*) continue ;; esac
                if [ -z "$path" ]; then path=$word; continue; fi
                case "$path $word" in
        \(bashPaths)
                esac
            done
            case "$path:$previous" in
        \(commands.flatMap(bashValues).joined(separator: "\n"))
            esac
            if [ -z "$words" ]; then
                case "$path" in
                    '') words='\(groups.joined(separator: " "))' ;;
        \(bashVerbs)
        \(commands.map(bashWords).joined(separator: "\n"))
                esac
            fi
            [ "$words" = '<files>' ] || COMPREPLY=($(compgen -W "$words" -- "$current"))
        }
        complete -o default -F _yardctl yardctl
        """
    }

    /// The words that make two a path.
    private var bashPaths: String {
        verbs.map { group, words in
            let pairs = words.map { "'\(group) \($0)'" }.joined(separator: "|")
            return "            \(pairs)) path=\"$path $word\" ;;"
        }.joined(separator: "\n")
    }

    private var bashVerbs: String {
        verbs.map { "            \($0.group)) words='\($0.words.joined(separator: " "))' ;;" }.joined(separator: "\n")
    }

    /// What follows an option.
    private func bashValues(of command: Command) -> [String] {
        command.allOptions.filter { $0.value != nil }.compactMap { option in
            let names = ["--\(option.name)"] + (option.letter.map { ["-\($0)"] } ?? [])
            let patterns = names.map { "'\(command.path):\($0)'" }.joined(separator: "|")
            guard let words = words(option.choices, option.words) else { return "            \(patterns)) return ;;" }
            return "            \(patterns)) words=\(words) ;;"
        }
    }

    /// Options when one is begun, else what stands in the next place.
    private func bashWords(of command: Command) -> String {
        let options = command.allOptions.map { "--\($0.name)" }.joined(separator: " ")
        let place = command.parameters.first.flatMap { words($0.choices, $0.words) } ?? "''"
        return
            "            '\(command.path)') case \"$current\" in -*) words='\(options)' ;; *) words=\(place) ;; esac ;;"
    }

    private func words(_ choices: [String], _ words: Command.Words) -> String? {
        if !choices.isEmpty { return "'\(choices.joined(separator: " "))'" }
        return switch words {
        case .none: nil
        case .files: "'<files>'"
        case .commands: "'\(groups.joined(separator: " "))'"
        case .queues, .workers, .kinds: "\"$(yardctl words \(words.rawValue) 2>/dev/null)\""
        }
    }

    var zsh: String { "#compdef yardctl\nautoload -U +X bashcompinit && bashcompinit\n" + bash }

    // MARK: fish

    var fish: String {
        var lines = ["# fish completion of yardctl", "complete -c yardctl -f"]
        for group in groups {
            let summary = commands.first { $0.group == group }?.summary ?? ""
            lines.append("complete -c yardctl -n __fish_use_subcommand -a \(group) -d \(quoted(summary))")
        }
        for command in commands {
            if command.words.count > 1 {
                let others = commands.filter { $0.group == command.group }.map { $0.words[1] }.joined(separator: " ")
                lines.append(
                    "complete -c yardctl -n '__fish_seen_subcommand_from \(command.group); and not __fish_seen_subcommand_from \(others)' -a \(command.words[1]) -d \(quoted(command.summary))"
                )
            }
            lines += fishLines(of: command)
        }
        return lines.joined(separator: "\n")
    }

    private func fishLines(of command: Command) -> [String] {
        let seen = command.words.map { "__fish_seen_subcommand_from \($0)" }.joined(separator: "; and ")
        var lines = command.allOptions.map { option in
            var line = "complete -c yardctl -n '\(seen)' -l \(option.name)"
            if let letter = option.letter { line += " -s \(letter)" }
            if option.value != nil { line += " -x" }
            if option.words == .files { line += " -F" }
            if let words = fishWords(option.choices, option.words) { line += " -a \(words)" }
            return line + " -d \(quoted(option.summary))"
        }
        if let first = command.parameters.first, let words = fishWords(first.choices, first.words) {
            lines.append("complete -c yardctl -n '\(seen)' -a \(words)")
        }
        return lines
    }

    private func fishWords(_ choices: [String], _ words: Command.Words) -> String? {
        if !choices.isEmpty { return quoted(choices.joined(separator: " ")) }
        return switch words {
        case .none, .files: nil
        case .commands: quoted(groups.joined(separator: " "))
        case .queues, .workers, .kinds: "'(yardctl words \(words.rawValue) 2>/dev/null)'"
        }
    }

    private func quoted(_ text: String) -> String {
        "'" + text.map { $0 == "'" ? "\\'" : String($0) }.joined() + "'"
    }
}
