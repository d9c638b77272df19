import HTTP
import JSON
import Model
import Runtime

extension Conversation.Kind: SchemaBearing {}
extension Member.Role: SchemaBearing {}

extension Conversation: Representable {
    package static let representation = Representation<Conversation>(
        "Conversation", "Where people write to each other, as one of its members sees it.",
        [
            .member("id") { $0.id },
            .member("type") { $0.kind },
            .member("title") { $0.title },
            .member("about") { $0.about },
            .member("partnerId", "Of a direct one: who else is in it.") { $0.partner },
            .member("businessId", "Of one with a business: which one.") { $0.business },
            .member("customerId", "Of one with a business: who its customer is.") { $0.customer },
            .member("memberCount") { $0.memberCount },
            .member("role", "Of the caller.") { $0.role },
            .member("lastSeq", "The number of the last message.") { $0.lastSeq },
            .member("rev", "Counts the changes that all members see.") { $0.rev },
            .member("readSeq", "Up to where the caller has read.") { $0.readSeq },
            .member("unreadCount", "Counted up to 100.") { $0.unreadCount },
            .member("lastMessage", "The latest that the caller may see.") { $0.lastMessage },
            .member("mutedUntil") { $0.mutedUntil },
            .member("pinnedAt") { $0.pinnedAt },
            .member("archivedAt") { $0.archivedAt },
            .member("activeAt") { $0.activeAt },
            .member("createdAt") { $0.createdAt },
        ])
}

extension Member: Representable {
    package static let representation = Representation<Member>(
        "Member", "Somebody who belongs to a conversation.",
        [
            .member("userId") { $0.user },
            .member("username", "Null when the account is gone.") { $0.username },
            .member("displayName") { $0.displayName },
            .member("role") { $0.role },
            .member("joinedAt") { $0.joinedAt },
        ])
}

extension MemberChange: Representable {
    package static let representation = Representation<MemberChange>(
        "MemberChange", "Where somebody's membership stands.",
        [
            .member("userId") { $0.user },
            .member("role") { $0.role },
            .member("joinedAt") { $0.joinedAt },
            .member("leftAt", "Null as long as they belong to it.") { $0.leftAt },
            .member("rev") { $0.rev },
        ])
}

extension ConversationChanges: Representable {
    package static let representation = Representation<ConversationChanges>(
        "ConversationChanges", "What has changed after a rev, as it is now.",
        [
            .member("messages", "In the order of their revs.") { $0.messages },
            .member("members") { $0.members },
            .member("conversation", "If its own row changed.") { $0.conversation },
            .member("throughRev", "Up to where this is whole: where to go on from.") { $0.throughRev },
            .member("hasMore") { $0.hasMore },
            .member("reset", "What was read before is not whole: drop it, and read the pages of messages anew.") {
                $0.reset
            },
        ])
}
