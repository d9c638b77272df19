import APIFrame
import HTTP
import Model
import Runtime

/// Votes.
struct PollRoutes: Sendable {
    let conversations: Conversations

    var routes: [APIRoute] {
        [
            .post(
                "/messages/{id}/votes", "Vote in a poll", errors: [.validationFailed, .conflict],
                details: "The choices take the place of one's earlier ones; none takes the vote back.", vote),
            .get(
                "/messages/{id}/votes", "List who has voted how", errors: [.forbidden],
                details: "Not in anonymous polls.", voters),
        ]
    }

    private func vote(_ input: VoteInput, _ call: Call) async throws -> Message {
        try await conversations.vote(input.options, on: input.id, by: try call.signedIn)
    }

    private func voters(_ input: MessagePage, _ call: Call) async throws -> Page<PollVoter> {
        try await call.page(input.page, ID<User>.self, { $0.user }) { after, limit in
            try await conversations.voters(of: input.id, for: try call.signedIn, after: after, limit: limit)
        }
    }
}

struct VoteInput: RouteInput {
    let id: ID<Message>
    let options: [Int]

    init(from input: inout InputReader) {
        id = input.path("id", .id())
        options = input.read(
            "options", .list(ofDifferent: .integer(0...11).described("Its place among the options."), 0...12))
    }
}

struct MessagePage: RouteInput {
    let id: ID<Message>
    let page: PageRequest

    init(from input: inout InputReader) {
        id = input.path("id", .id())
        page = input.page()
    }
}

extension PollVoter: Representable {
    package static let representation = Representation<PollVoter>(
        "PollVoter", "Somebody who has voted.",
        [.member("userId") { $0.user }, .member("options") { $0.choices }])
}
