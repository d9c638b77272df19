import APIFrame
import HTTP
import Model
import Queue
import Runtime

/// What people show for a day, and what they keep of it.
package struct StoryRoutes: Sendable {
    private let stories: Stories

    package init(_ stories: Stories) { self.stories = stories }

    package func tables(under prefix: String) -> [APIRoutes] {
        [APIRoutes("Stories", under: prefix, showing + highlights)]
    }

    private var showing: [APIRoute] {
        [
            .create(
                "/stories", "Show a story", errors: [.conflict],
                details: """
                    For 24 hours, to those with whom one has a direct conversation: all of them, all `except` some, or `only` \
                    some.
                    """, show),
            .get(
                "/stories", "List the stories of one's contacts",
                details: "By author: one's own first, then what is new.",
                feed),
            .get("/stories/{id}", "Show a story", find),
            .delete("/stories/{id}", "Take a story away", errors: [.forbidden], remove),
            .put("/stories/{id}/view", "Say that one has seen it", details: "Each viewer counts once.", view),
            .get(
                "/stories/{id}/viewers", "List who has seen it", errors: [.forbidden],
                details: "Its author is told, the latest first; whoever shows nobody what they have read is not named.",
                viewers),
            .post(
                "/stories/{id}/reply", "Answer a story",
                errors: [.forbidden, .conflict, .emailUnverified, .idempotencyKeyReused], idempotency: .own,
                details: "A message in the direct conversation with its author, with `storyId` in its metadata.", reply),
        ]
    }

    private var highlights: [APIRoute] {
        [
            .create(
                "/stories/{id}/highlights", "Keep a story in a highlight", errors: [.conflict],
                details: "In the one that is named, or in a new one with this title. It outlives its day there.",
                highlight),
            .get(
                "/users/{id}/highlights", "List somebody's highlights", details: "Those of which one sees a story.",
                list),
            .patch("/highlights/{id}", "Rename a highlight", rename),
            .delete("/highlights/{id}", "Remove a highlight", removeHighlight),
            .delete("/highlights/{id}/stories/{storyId}", "Take a story out of a highlight", takeOut),
        ]
    }

    private func show(
        _ input: StoryInput, _ call: Call, _ transaction: JobTransaction
    ) async throws -> Created<Story> {
        Created(try await stories.show(input.story, by: try call.signedIn, on: transaction))
    }

    private func feed(_ input: NoInput, _ call: Call) async throws -> Page<StoryGroup> {
        Page(try await stories.feed(of: try call.signedIn))
    }

    private func find(_ input: StoryPath, _ call: Call) async throws -> Story {
        try await stories.find(input.id, for: try call.signedIn)
    }

    private func remove(_ input: StoryPath, _ call: Call) async throws -> NoContent {
        try await stories.remove(input.id, by: try call.signedIn)
        return NoContent()
    }

    private func view(_ input: StoryPath, _ call: Call) async throws -> NoContent {
        try await stories.view(input.id, by: try call.signedIn)
        return NoContent()
    }

    private func viewers(_ input: ViewersInput, _ call: Call) async throws -> Page<StoryViewer> {
        try await call.page(input.page, (Timestamp, ID<User>).self, { ($0.viewedAt, $0.user) }) { before, limit in
            try await stories.viewers(of: input.id, for: try call.signedIn, before: before, limit: limit)
        }
    }

    private func reply(_ input: StoryReplyInput, _ call: Call) async throws -> Created<Message> {
        Created(
            try await stories.reply(to: input.id, input.content, clientID: input.clientID, by: try call.signedIn))
    }

    // MARK: Highlights

    private func highlight(
        _ input: HighlightInput, _ call: Call, _ transaction: JobTransaction
    ) async throws -> Created<Highlight> {
        Created(
            try await stories.highlight(
                input.id, in: input.highlight, title: input.title, by: try call.signedIn, on: transaction))
    }

    private func list(_ input: PersonPath, _ call: Call) async throws -> Page<Highlight> {
        Page(try await stories.highlights(of: input.id, for: try call.signedIn))
    }

    private func rename(_ input: HighlightTitleInput, _ call: Call) async throws -> Highlight {
        try await stories.rename(input.id, to: input.title, by: try call.signedIn)
    }

    private func removeHighlight(_ input: HighlightPath, _ call: Call) async throws -> NoContent {
        try await stories.removeHighlight(input.id, by: try call.signedIn)
        return NoContent()
    }

    private func takeOut(_ input: HighlightStoryPath, _ call: Call) async throws -> NoContent {
        try await stories.takeOut(input.story, of: input.id, by: try call.signedIn)
        return NoContent()
    }
}
