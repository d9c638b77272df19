import JSON
import Postgres
import Queue
import Runtime
import TestSupport
import Testing

@testable import Model

/// What people show for a day.
@Suite(.ownAccounts) struct StoryTests {
    /// An author with two contacts, and somebody whom they do not know.
    private struct Scene {
        let library: Library
        let stories: Stories
        let author: SignedInUser
        let contact: SignedInUser
        let other: SignedInUser
        let stranger: SignedInUser

        static func lend(_ body: (Scene) async throws -> Void) async throws {
            try await Library.lend { library in
                let people = try await library.chat.people(4)
                for contact in people[1...2] {
                    _ = try await library.chat.conversations.create(
                        NewConversation(.direct, title: nil, members: [contact.id]), by: people[0])
                }
                try await body(
                    Scene(
                        library: library, stories: Stories(library.chat.sending), author: people[0],
                        contact: people[1], other: people[2], stranger: people[3]))
            }
        }

        func show(_ audience: Story.Audience = .contacts, _ named: [SignedInUser] = []) async throws -> Story {
            try await stories.show(
                NewStory(.text, content: "Hello", audience: audience, named: named.map(\.id)), by: author)
        }

        func sees(_ user: SignedInUser, _ story: Story) async throws -> Bool {
            let feed = try await stories.feed(of: user).flatMap(\.stories).contains { $0.id == story.id }
            let found = try await problemCode { _ = try await stories.find(story.id, for: user) } == nil
            return feed && found
        }
    }

    @Test func `a story is for contacts, for all but some, or for some alone`() async throws {
        try await Scene.lend { scene in
            let all = try await scene.show()
            let except = try await scene.show(.except, [scene.contact])
            let only = try await scene.show(.only, [scene.contact, scene.stranger])
            for (story, seen) in [(all, [true, true]), (except, [false, true]), (only, [true, false])] {
                #expect(try await scene.sees(scene.author, story))
                #expect(try await scene.sees(scene.contact, story) == seen[0])
                #expect(try await scene.sees(scene.other, story) == seen[1])
                #expect(try await !scene.sees(scene.stranger, story))
            }
            let told = try await scene.stories.deliveries(of: except.id)
            #expect(told.map(\.recipients) == [.people([scene.other.id])])
            try await scene.library.chat.database.run(
                """
                insert into blocks (blocker_id, blocked_id, created_at)
                values (\(scene.author.id), \(scene.other.id), now())
                """)
            #expect(try await !scene.sees(scene.other, all))
        }
    }

    @Test func `each viewer counts once, and who shows nobody what they read is not named`() async throws {
        try await Scene.lend { scene in
            let story = try await scene.show()
            for _ in 0..<3 {
                for user in [scene.author, scene.contact, scene.other] {
                    try await scene.stories.view(story.id, by: user)
                }
            }
            #expect(try await scene.stories.find(story.id, for: scene.author).ownFacts?.views == 2)
            #expect(try await scene.stories.find(story.id, for: scene.contact).isSeen)
            #expect(try await scene.stories.find(story.id, for: scene.contact).ownFacts == nil)
            try await scene.library.chat.database.run(
                "update user_settings set read_receipts = false where user_id = \(scene.other.id)")
            let viewers = try await scene.stories.viewers(of: story.id, for: scene.author, before: nil, limit: 9)
            #expect(viewers.map(\.user) == [scene.contact.id])
            let code = try await problemCode {
                _ = try await scene.stories.viewers(of: story.id, for: scene.contact, before: nil, limit: 9)
            }
            #expect(code == .forbidden)
        }
    }

    @Test func `what is new comes first, and one's own before it`() async throws {
        try await Scene.lend { scene in
            let mine = try await scene.show()
            let theirs = try await scene.stories.show(NewStory(.text, content: "Theirs"), by: scene.contact)
            let others = try await scene.stories.show(NewStory(.text, content: "Others"), by: scene.other)
            try await scene.stories.view(others.id, by: scene.author)
            #expect(
                try await scene.stories.feed(of: scene.author).map(\.author) == [mine, theirs, others].map(\.author))
        }
    }

    @Test func `an answer goes into the conversation of the two`() async throws {
        try await Scene.lend { scene in
            let story = try await scene.show()
            let message = try await scene.stories.reply(to: story.id, "Nice", clientID: "a", by: scene.contact)
            let again = try await scene.stories.reply(to: story.id, "Nice", clientID: "a", by: scene.contact)
            #expect(again.id == message.id && message.metadata?["storyId"]?.string == "\(story.id)")
            let read = try await scene.library.chat.read(message.conversation, by: scene.author)
            #expect(read == ["Nice"])
            let code = try await problemCode {
                _ = try await scene.stories.reply(to: story.id, "Me", clientID: nil, by: scene.author)
            }
            #expect(code == .forbidden)
        }
    }

    @Test func `after a day it is gone, unless a highlight keeps it, and so is its file`() async throws {
        try await Scene.lend { scene in
            let gone = try await scene.show()
            let kept = try await scene.show()
            let highlight = try await scene.stories.highlight(kept.id, in: nil, title: "Best", by: scene.author)
            #expect(highlight.stories.map(\.id) == [kept.id])
            scene.library.clock.advance(by: .hours(25))
            #expect(try await ExpireStories().run(at: scene.library.clock.now, on: scene.library.chat.database) == 1)
            #expect(try await problemCode { _ = try await scene.stories.find(gone.id, for: scene.author) } == .notFound)
            #expect(try await scene.stories.feed(of: scene.contact).isEmpty)
            let seen = try await scene.stories.highlights(of: scene.author.id, for: scene.contact)
            #expect(seen.map(\.title) == ["Best"] && seen.first?.stories.map(\.id) == [kept.id])
            #expect(try await scene.stories.highlights(of: scene.author.id, for: scene.stranger).isEmpty)
            try await scene.stories.removeHighlight(highlight.id, by: scene.author)
            #expect(try await ExpireStories().run(at: scene.library.clock.now, on: scene.library.chat.database) == 1)
        }
    }

    @Test func `who sees the story reads its file, and nobody else`() async throws {
        try await Scene.lend { scene in
            let file = try await scene.library.send("picture", by: scene.author, name: "a.png")
            // As if it had been looked at.
            try await scene.library.chat.database.run("update media set type = 'image' where id = \(file.id)")
            let story = try await scene.stories.show(
                NewStory(.image, media: file.id, audience: .only, named: [scene.contact.id]), by: scene.author)
            #expect(story.media?.id == file.id)
            #expect(try await scene.library.fetch(file, by: scene.contact) == "picture")
            #expect(try await scene.library.fetch(file, by: scene.other) == nil)
            let held = try await problemCode { try await scene.library.media.delete(file.id, by: scene.author) }
            #expect(held == .conflict)
            let stolen = try await problemCode {
                _ = try await scene.stories.show(NewStory(.image, media: file.id), by: scene.contact)
            }
            #expect(stolen == .validationFailed)
            try await scene.stories.remove(story.id, by: scene.author)
            try await scene.library.age(by: 25)
            #expect(try await scene.library.media.sweep().files == 1 && scene.library.stored() == 0)
        }
    }
}
