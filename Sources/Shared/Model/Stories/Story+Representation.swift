import HTTP
import JSON
import Runtime

extension Story: Representable {
    package static let representation = Representation<Story>(
        "Story", "Something that somebody shows for a day.",
        [
            .member("id") { $0.id },
            .member("authorId") { $0.author },
            .member("type", "text, image or video.") { $0.kind.rawValue },
            .member("content") { $0.content },
            .member("background") { $0.background },
            .member("media") { $0.media },
            .member("createdAt") { $0.createdAt },
            .member("expiresAt") { $0.expiresAt },
            .member("isSeen") { $0.isSeen },
            .member("audience", "Its author alone is told.") { $0.ownFacts?.audience.rawValue },
            .member("userIds", "Whom the audience names; its author alone is told.") { $0.ownFacts?.named },
            .member("viewCount", "Its author alone is told.") { $0.ownFacts?.views },
        ])
}

extension StoryGroup: Representable {
    package static let representation = Representation<StoryGroup>(
        "StoryGroup", "The stories of one person.",
        [
            .member("authorId") { $0.author },
            .member("isSeen", "Whether there is nothing new.") { $0.isSeen },
            .member("stories", "Oldest first.") { $0.stories },
        ])
}

extension StoryViewer: Representable {
    package static let representation = Representation<StoryViewer>(
        "StoryViewer", "Somebody who has seen a story.",
        [.member("userId") { $0.user }, .member("viewedAt") { $0.viewedAt }])
}

extension Highlight: Representable {
    package static let representation = Representation<Highlight>(
        "Highlight", "Stories that their author keeps.",
        [
            .member("id") { $0.id },
            .member("authorId") { $0.author },
            .member("title") { $0.title },
            .member("createdAt") { $0.createdAt },
            .member("stories", "Oldest first.") { $0.stories },
        ])
}
