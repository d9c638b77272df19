import HTTP
import JSON
import Runtime

extension Message: Representable {
    package static let representation = Representation<Message>(
        "Message", nil,
        [
            .member("id") { $0.id },
            .member("conversationId") { $0.conversation },
            .member("seq", "Its number in the conversation, without holes.") { $0.seq },
            .member("rev", "The change of the conversation that touched it last.") { $0.rev },
            .member("senderId") { $0.sender },
            .member("clientId", "The sender's own id for it.") { $0.clientID },
            .member("type") { $0.kind },
            .member("content", "Markdown as it was written. Empty once the message was deleted.") { $0.content },
            .member("metadata", "What the type has besides the text.") { $0.metadata },
            .member("attachments", "The files that it holds.") { $0.attachments },
            .member("replyToId") { $0.replyTo },
            .member("threadRootId") { $0.threadRoot },
            .member("createdAt") { $0.createdAt },
            .member("editedAt") { $0.editedAt },
            .member("deletedAt") { $0.deletedAt },
            .member("pinnedAt") { $0.pinnedAt },
            .member("reactions", "In the order in which they came up.") { $0.reactions },
            .member("poll", "How a poll stands; null until the first vote, and for other messages.") { $0.tally },
            .member("forwardHops", "How often it was passed on before.") { $0.forwardHops },
            .member("isAutomatic", "Said for somebody who is away.") { $0.isAutomatic },
            .member("expiresAt", "When it deletes itself.") { $0.expiresAt },
        ])
}

extension Reaction: Representable {
    package static let representation = Representation<Reaction>(
        "Reaction", "How often a message was answered with one emoji.",
        [
            .member("emoji") { $0.emoji },
            .member("count") { $0.count },
            .memberIfPresent("mine", "Whether the caller is among them. Events do not say it.") { $0.isMine },
        ])
}

extension PollTally: Representable {
    package static let representation = Representation<PollTally>(
        "PollTally", "How a poll stands.",
        [
            .member("votes", "Of each option, in their order.") { $0.votes },
            .member("voters", "How many people have voted.") { $0.voters },
            .memberIfPresent(
                "chosen", "What the caller has chosen, by its place among the options. Events do not say it."
            ) { $0.chosen },
        ])
}
