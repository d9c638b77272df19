import Runtime

/// `yardctl help`
enum HelpCommand {
    static let command = Command(
        path: "help", summary: "list the commands, or explain one",
        parameters: [
            .init(name: "COMMAND", summary: "which one", isOptional: true, isRepeated: true, words: .commands)
        ]
    ) { invocation, session in
        let words = invocation.words("COMMAND")
        let request = try ArgumentParser(commands: CommandTable.all).parse(words + ["--help"])
        if case .help(let commands, let group) = request {
            session.console.print(Help(console: session.console).text(about: commands, group: group))
        }
        return .clean
    }
}
