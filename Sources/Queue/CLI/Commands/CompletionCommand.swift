import Runtime

/// `yardctl completion`
enum CompletionCommand {
    static let command = Command(
        path: "completion", summary: "print what lets a shell complete yardctl's words",
        details: [
            "bash: source <(yardctl completion bash), in ~/.bashrc",
            "zsh:  yardctl completion zsh > a file _yardctl in a folder of $fpath",
            "fish: yardctl completion fish > ~/.config/fish/completions/yardctl.fish",
        ],
        parameters: [.init(name: "SHELL", summary: "for which shell", choices: ["bash", "zsh", "fish"])]
    ) { invocation, session in
        let completion = Completion(commands: CommandTable.all.filter { !$0.isHidden })
        switch invocation.word("SHELL") {
        case "zsh": session.console.print(completion.zsh)
        case "fish": session.console.print(completion.fish)
        default: session.console.print(completion.bash)
        }
        return .clean
    }
}
