import Model
import Queue
import Runtime

/// What becomes of messages when their time has come, and what follows of them.
func messageHandlers(_ sending: Sending, _ links: LinkReader) -> [AnyHandler] {
    [
        AnyHandler(SendScheduledMessageHandler(sending: sending)),
        AnyHandler(ExpireMessageHandler(conversations: sending.conversations)),
        AnyHandler(PublishCountsHandler(conversations: sending.conversations)),
        AnyHandler(DismissMembersHandler(conversations: sending.conversations)),
        AnyHandler(PreviewLinkHandler(conversations: sending.conversations, links: links)),
        AnyHandler(AnswerAutomaticallyHandler(sending: sending)),
        AnyHandler(GreetCustomerHandler(sending: sending)),
        AnyHandler(NotifyOfMessageHandler(conversations: sending.conversations)),
    ]
}

/// Sends a message whose time has come.
package struct SendScheduledMessageHandler: JobHandler {
    let sending: Sending

    package init(sending: Sending) { self.sending = sending }

    /// It is sent under one client id, so a second run finds what the first one sent.
    package func handle(_ job: SendScheduledMessage, _ context: JobContext) async throws {
        try await sending.send(job, context)
    }
}

/// Deletes a message whose time is over.
package struct ExpireMessageHandler: JobHandler {
    let conversations: Conversations

    package init(conversations: Conversations) { self.conversations = conversations }

    /// What is deleted is not deleted again.
    package func handle(_ job: ExpireMessage, _ context: JobContext) async throws {
        try await conversations.expire(job.message)
    }
}

/// Tells a channel what was counted.
struct PublishCountsHandler: JobHandler {
    let conversations: Conversations

    /// A second run raises the rev once more, and says the same.
    func handle(_ job: PublishCounts, _ context: JobContext) async throws {
        try await conversations.publishCounts(of: job.message)
    }
}

/// Takes people out of a conversation that has ended.
struct DismissMembersHandler: JobHandler {
    let conversations: Conversations

    /// Who is out is not taken out again.
    func handle(_ job: DismissMembers, _ context: JobContext) async throws {
        try await conversations.dismissMembers(job)
    }
}

/// Looks at the page that a message names.
struct PreviewLinkHandler: JobHandler {
    let conversations: Conversations
    let links: LinkReader

    /// What has a preview gets no other one.
    func handle(_ job: PreviewLink, _ context: JobContext) async throws {
        try await conversations.addPreview(to: job.message, by: links)
    }
}

/// Answers for whoever is away.
struct AnswerAutomaticallyHandler: JobHandler {
    let sending: Sending

    /// The day is in the client id of the answer.
    func handle(_ job: AnswerAutomatically, _ context: JobContext) async throws {
        try await sending.answer(job.message)
    }
}

/// Greets a customer.
struct GreetCustomerHandler: JobHandler {
    let sending: Sending

    /// The greeting has one client id.
    func handle(_ job: GreetCustomer, _ context: JobContext) async throws {
        try await sending.greet(job.conversation)
    }
}

/// Tells those whom a message names, or answers.
struct NotifyOfMessageHandler: JobHandler {
    let conversations: Conversations

    /// Who is told already is told no second time.
    func handle(_ job: NotifyOfMessage, _ context: JobContext) async throws {
        try await context.transaction { try await conversations.notify(of: job.message, on: $0) }
    }
}
