import APIFrame
import HTTP
import Model
import Runtime

struct StoryInput: RouteInput {
    let story: NewStory

    init(from input: inout InputReader) {
        let kind: Story.Kind = input.read("type", .choice(), default: .text)
        let content = input.read(
            "content", .text(0...Story.longestContent).described("The text, or what is said of the picture."),
            default: "")
        let background = input.readIfPresent("background", .line(1...40).described("How a text is shown."))
        let media: ID<Media>? = input.readIfPresent("mediaId", .id().described("Of one's own files."))
        let audience: Story.Audience = input.read("audience", .choice(), default: .contacts)
        let named: [ID<User>]? = input.readIfPresent(
            "userIds",
            .list(ofDifferent: .id(of: User.self), 0...Story.mostNamed).described("Who alone sees it, or does not."))
        story = NewStory(
            kind, content: content, background: background, media: media, audience: audience, named: named ?? [])
    }
}

struct StoryPath: RouteInput {
    let id: ID<Story>
    init(from input: inout InputReader) { id = input.path("id", .id()) }
}

struct ViewersInput: RouteInput {
    let id: ID<Story>
    let page: PageRequest

    init(from input: inout InputReader) {
        id = input.path("id", .id())
        page = input.page()
    }
}

struct StoryReplyInput: RouteInput {
    let id: ID<Story>
    let content: String
    let clientID: String?

    init(from input: inout InputReader) {
        id = input.path("id", .id())
        content = input.read("content", .text(1...Message.longestContent))
        let key = input.headerIfPresent("Idempotency-Key", .text(1...64))
        clientID = input.readIfPresent("clientId", .text(1...64)) ?? key
    }
}

struct HighlightInput: RouteInput {
    let id: ID<Story>
    let highlight: ID<Highlight>?
    let title: String?

    init(from input: inout InputReader) {
        id = input.path("id", .id())
        highlight = input.readIfPresent("highlightId", .id())
        title = input.readIfPresent("title", .line(1...60).described("Of a new one."))
    }
}

struct HighlightTitleInput: RouteInput {
    let id: ID<Highlight>
    let title: String

    init(from input: inout InputReader) {
        id = input.path("id", .id())
        title = input.read("title", .line(1...60))
    }
}

struct HighlightPath: RouteInput {
    let id: ID<Highlight>
    init(from input: inout InputReader) { id = input.path("id", .id()) }
}

struct HighlightStoryPath: RouteInput {
    let id: ID<Highlight>
    let story: ID<Story>

    init(from input: inout InputReader) {
        id = input.path("id", .id())
        story = input.path("storyId", .id())
    }
}

struct PersonPath: RouteInput {
    let id: ID<User>
    init(from input: inout InputReader) { id = input.path("id", .id()) }
}
