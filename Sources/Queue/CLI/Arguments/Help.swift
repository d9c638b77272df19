import Runtime

/// What `--help` shows, made from the table.
struct Help {
    let console: Console

    func text(about commands: [Command], group: String?) -> String {
        if commands.count == 1, group == nil { return text(about: commands[0]) }
        if let group { return overview(commands, "yardctl \(group) COMMAND [options]") }
        return overview(commands, "yardctl COMMAND [options]") + "\n" + ending
    }

    private func overview(_ commands: [Command], _ usage: String) -> String {
        let rows = commands.filter { !$0.isHidden }.map { ($0.path, $0.summary) }
        return title("Usage") + "  \(usage)\n\n" + title("Commands") + columns(rows)
    }

    private func text(about command: Command) -> String {
        var text = "\(command.summary.capitalizedFirst).\n"
        for line in command.details { text += line + "\n" }
        text += "\n" + title("Usage") + "  \(command.usage)\n"
        if !command.parameters.isEmpty {
            text += "\n" + title("Arguments")
            text += columns(command.parameters.map { ($0.name, $0.summary + choices($0.choices)) })
        }
        text +=
            "\n" + title("Options") + columns(command.allOptions.map { (form($0), $0.summary + choices($0.choices)) })
        if !command.examples.isEmpty {
            text += "\n" + title("Examples")
            for example in command.examples {
                text += "  yardctl \(command.path) \(example.arguments)\n      \(example.meaning)\n"
            }
        }
        return text
    }

    private func form(_ option: Command.Option) -> String {
        let letter = option.letter.map { "-\($0), " } ?? "    "
        return "\(letter)--\(option.name)" + (option.value.map { " \($0)" } ?? "")
    }

    private func choices(_ choices: [String]) -> String {
        choices.isEmpty ? "" : ": " + choices.joined(separator: ", ")
    }

    private func title(_ text: String) -> String { console.paint(text, .bold) + "\n" }

    private func columns(_ rows: [(String, String)]) -> String {
        let width = rows.map { $0.0.count }.max() ?? 0
        return rows.map { name, summary in
            "  \(name)\(String(repeating: " ", count: width - name.count))  \(summary)\n"
        }.joined()
    }

    private var ending: String {
        """
        \(title("Exit codes"))\(columns(Verdict.meanings.map { ("\($0.code.rawValue)", $0.meaning) }))
        The stores are named by DATABASE_URL and REDIS_URL, in the environment or in .env; yardctl config shows them.
        Colours are left out with NO_COLOR set. yardctl COMMAND --help tells more about each command.

        """
    }
}

extension String {
    var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
