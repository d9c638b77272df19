import Postgres
import Runtime

/// Something that somebody shows for a day.
package struct Story: Sendable {
    package enum Kind: String, Sendable, CaseIterable { case text, image, video }

    /// Which of the author's contacts see it.
    package enum Audience: String, Sendable, CaseIterable { case contacts, except, only }

    package let id: ID<Story>
    package let author: ID<User>
    package let kind: Kind
    package let content: String
    package let background: String?
    package let media: Media?
    package let createdAt: Timestamp
    package let expiresAt: Timestamp
    /// Whether the person who looks has seen it.
    package let isSeen: Bool
    /// What only its author is told.
    package let ownFacts: OwnFacts?

    package struct OwnFacts: Sendable {
        package let audience: Audience
        package let named: [ID<User>]
        package let views: Int
    }

    package static let lifetime: Duration = .hours(24)
    package static let longestContent = 1000
    package static let mostNamed = 500
    package static let mostOfAuthor = 100
}

extension Story.Kind: SQLEncodable, SQLDecodable {}
extension Story.Audience: SQLEncodable, SQLDecodable {}

/// A story as its author asks for it.
package struct NewStory: Sendable {
    package let kind: Story.Kind
    package let content: String
    package let background: String?
    package let media: ID<Media>?
    package let audience: Story.Audience
    package let named: [ID<User>]

    package init(
        _ kind: Story.Kind, content: String = "", background: String? = nil, media: ID<Media>? = nil,
        audience: Story.Audience = .contacts, named: [ID<User>] = []
    ) {
        self.kind = kind
        self.content = content
        self.background = background
        self.media = media
        self.audience = audience
        self.named = named
    }
}

/// The stories of one person, oldest first.
package struct StoryGroup: Sendable {
    package let author: ID<User>
    package let stories: [Story]

    package var isSeen: Bool { stories.allSatisfy(\.isSeen) }
}

/// Somebody who has seen a story.
package struct StoryViewer: Sendable, RowDecodable {
    package let user: ID<User>
    package let viewedAt: Timestamp

    package init(row: Row) throws(RowError) {
        user = try row["viewer_id"]
        viewedAt = try row["viewed_at"]
    }
}

/// Stories that their author keeps, under a title.
package struct Highlight: Sendable {
    package let id: ID<Highlight>
    package let author: ID<User>
    package let title: String
    package let createdAt: Timestamp
    package let stories: [Story]

    package static let mostOfAuthor = 100
    package static let mostStories = 100
}
