/// All commands, in the order of help. Parsing, help and completion are made from this table.
enum CommandTable {
    static let all: [Command] = [
        QueuesCommand.command,
        TopCommand.command,
        JobsListCommand.command,
        JobsShowCommand.command,
        JobsRetryCommand.command,
        JobsRescheduleCommand.command,
        JobsCancelCommand.command,
        JobsDeleteCommand.command,
        EnqueueCommand.command,
        WorkersCommand.command,
        OrderCommands.quiet,
        OrderCommands.drain,
        PauseCommands.pause,
        PauseCommands.resume,
        LimitsCommand.command,
        LedgerCommand.command,
        DoctorCommand.command,
        ConfigCommand.command,
        CompletionCommand.command,
        WordsCommand.command,
        HelpCommand.command,
        VersionCommand.command,
    ]
}
