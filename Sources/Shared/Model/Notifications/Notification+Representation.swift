import HTTP
import JSON
import Runtime

extension Notification.Kind: SchemaBearing {}

extension Notification: Representable {
    package static let representation = Representation<Notification>(
        "Notification", "Something that a person is told of inside the application.",
        [
            .member("id") { $0.id },
            .member("kind") { $0.kind },
            .member("actorId", "Who did it.") { $0.actor },
            .member("conversationId") { $0.conversation },
            .member("messageId", "Of a message that could not be sent, the id under which it waited.") { $0.message },
            .member("createdAt") { $0.createdAt },
            .member("readAt") { $0.readAt },
        ])
}

extension Notification {
    /// What the sockets of the person are told.
    package var event: [UInt8]? { EventFrame("notification.created", self).bytes }
}
