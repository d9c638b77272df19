import Postgres
import Runtime
import TestSupport
import Testing

@testable import Model

/// Who gets a file, and for how long there is one.
@Suite(.ownAccounts) struct MediaAccessTests {
    @Test func `a file is for its sender, and for who sees a message that holds it`() async throws {
        try await Library.lend { library in
            let people = try await library.chat.people(4)
            let (sender, member, late, stranger) = (people[0], people[1], people[2], people[3])
            let group = try await library.chat.group([sender, member])
            let file = try await library.send("secret", by: sender)
            #expect(file.state == .ready && file.type == .file && file.bytes == 6)
            #expect(try await library.fetch(file, by: sender) == "secret")
            #expect(try await library.fetch(file, by: member) == nil, "it was sent to nobody yet")

            let message = try await library.share(.file, [file], in: group, by: sender)
            #expect(message.attachments == [file] && message.content == "Look" && message.metadata == nil)
            let read = try await library.chat.database.value(
                of: library.chat.conversations.message(message.id, for: member))
            #expect(read.attachments == [file] && read.metadata == nil)
            #expect(try await library.fetch(file, by: member) == "secret")
            #expect(try await library.fetch(file, by: stranger) == nil)

            try await library.chat.conversations.add([late.id], to: group, by: sender)
            #expect(try await library.fetch(file, by: late) == nil, "it was said before they came")
            let again = try await library.share(.file, [file], in: group, by: sender)
            #expect(try await library.fetch(file, by: late) == "secret")

            try await library.chat.conversations.remove(member.id, from: group, by: sender)
            #expect(try await library.fetch(file, by: member) == "secret", "what they had stays theirs")
            for held in [message, again] {
                try await library.chat.conversations.deleteForAll(held.id, by: sender)
            }
            for user in [member, late] { #expect(try await library.fetch(file, by: user) == nil) }
            #expect(try await library.fetch(file, by: sender) == "secret")
        }
    }

    @Test func `an avatar is a picture of one's own, seen by whom the settings let, and goes with the next one`()
        async throws
    {
        try await Library.lend { library in
            let people = try await library.chat.people(3)
            let (person, viewer, blocked) = (people[0], people[1], people[2])
            let database = library.chat.database
            var pictures: [Media] = []
            for text in ["first", "second"] { pictures.append(try await library.send(text, by: person)) }
            func setAvatar(_ media: ID<Media>?) async throws {
                try await database.transaction {
                    try await Avatar.set(media, of: person.id, at: library.clock.now, on: $0)
                }
            }
            #expect(try await problemCode { try await setAvatar(pictures[0].id) } == .validationFailed, "no image")
            try await database.run("update media set type = 'image'")
            let others = try await library.send("theirs", by: viewer)
            #expect(try await problemCode { try await setAvatar(others.id) } == .validationFailed, "not their own")
            try await setAvatar(pictures[0].id)
            try await database.run(
                "insert into blocks (blocker_id, blocked_id, created_at) values (\(person.id), \(blocked.id), now())")
            func shown(to user: SignedInUser) async throws -> ID<Media>? {
                try await Profile.find(person.id, for: user.id, at: library.clock.now, on: database)?.avatar
            }
            #expect(try await shown(to: viewer) == pictures[0].id)
            #expect(try await library.fetch(pictures[0], by: viewer) == "first")
            #expect(try await shown(to: blocked) == nil)
            #expect(try await library.fetch(pictures[0], by: blocked) == nil)
            try await database.run("update user_settings set photo = 'nobody' where user_id = \(person.id)")
            #expect(try await shown(to: viewer) == nil)
            #expect(try await library.fetch(pictures[0], by: viewer) == nil)
            #expect(try await library.media.sweep().media == 0)
            try await setAvatar(pictures[1].id)
            try await library.age(by: 25)
            #expect(try await library.media.sweep().media >= 1)
            #expect(try await library.fetch(pictures[0], by: person) == nil, "a day after it was replaced it is gone")
            #expect(try await library.fetch(pictures[1], by: person) == "second")
        }
    }

    @Test func `nobody holds a file in a message that they may not read`() async throws {
        try await Library.lend { library in
            let people = try await library.chat.people(2)
            let group = try await library.chat.group(people)
            let file = try await library.send("secret", by: people[0])
            let refusal = try await problem { _ = try await library.share(.file, [file], in: group, by: people[1]) }
            #expect(refusal?.code == .validationFailed)
            #expect(
                try await problem { _ = try await library.share(.image, [file], in: group, by: people[0]) }?.code
                    == .validationFailed, "it is no image")
            #expect(
                try await problem { _ = try await library.share(.album, [file], in: group, by: people[0]) }?.code
                    == .validationFailed, "one is no album")
        }
    }

    @Test func `who is passed a file on may read it`() async throws {
        try await Library.lend { library in
            let people = try await library.chat.people(3)
            let first = try await library.chat.group([people[0], people[1]])
            let second = try await library.chat.group([people[1], people[2]])
            let file = try await library.send("secret", by: people[0])
            let message = try await library.share(.file, [file], in: first, by: people[0])
            let outcomes = try await library.chat.sending.forward(
                message.id, to: [second], clientID: nil, by: people[1])
            #expect(try outcomes.first?.outcome.get().attachments == [file])
            try await library.chat.conversations.deleteForAll(message.id, by: people[0])
            #expect(try await library.fetch(file, by: people[2]) == "secret")
            let held = try await library.media.held(in: second, .file, for: people[2], before: nil, limit: 9)
            #expect(held.map(\.media) == [file])
        }
    }

    @Test func `one content is stored once, and goes a day after the last that held it`() async throws {
        try await Library.lend { library in
            let people = try await library.chat.people(2)
            let group = try await library.chat.group(people)
            let first = try await library.send("same", by: people[0])
            let second = try await library.send("same", by: people[1])
            #expect(first.id != second.id && library.stored() == 1)
            let message = try await library.share(.file, [first], in: group, by: people[0])

            try await library.age(by: 25)
            let unused = try await library.media.sweep()
            #expect(unused.media == 1 && unused.files == 0, "the second was never used")
            #expect(try await library.fetch(first, by: people[1]) == "same")

            try await library.chat.conversations.deleteForAll(message.id, by: people[0])
            try await library.age(by: 23)
            #expect(try await library.media.sweep() == SweepReport())
            try await library.age(by: 2)
            let last = try await library.media.sweep()
            #expect(last.media == 1 && last.files == 1 && library.stored() == 0)
        }
    }

    @Test func `a file that is to be sent later is kept until then`() async throws {
        try await Library.lend { library in
            let people = try await library.chat.people(2)
            let group = try await library.chat.group(people)
            let file = try await library.send("later", by: people[0])
            let new = NewMessage(in: group, by: people[0].id, .files(FileMessage(.file, [file.id])))
            _ = try await library.chat.sending.schedule(new, at: library.clock.now + .days(3))
            library.clock.advance(by: .days(2))
            #expect(try await library.media.sweep() == SweepReport())
        }
    }

    @Test func `what would be too much is refused, and what is deleted makes room`() async throws {
        try await Library.lend { library in
            let owner = try await library.chat.people(1)[0]
            let file = try await library.send("first", by: owner)
            let allowed = try await library.media.allowance(of: owner)
            #expect(allowed == MediaAllowance(fileBytes: 25 << 20, totalBytes: 5 << 30), "without a membership")
            try await library.chat.database.run(
                "update media set bytes = \(allowed.totalBytes - 3) where id = \(file.id)")
            #expect(try await problemCode { _ = try await library.send("more", by: owner) } == .quotaExceeded)
            try await library.media.delete(file.id, by: owner)
            _ = try await library.send("more", by: owner)
            #expect(try await library.media.quota(of: owner).usedBytes == 4)
        }
    }

    @Test func `only what is allowed is taken, by what it is and not by its name`() async throws {
        try await Library.lend(MediaLimits(types: ["image/*"])) { library in
            let owner = try await library.chat.people(1)[0]
            #expect(
                try await problemCode { _ = try await library.send("text", by: owner, name: "a.png") }
                    == .unsupportedMediaType)
            let gif = try await library.media.keep(
                try await library.receive(Array("GIF89a....".utf8)), name: "../../a\u{202E}b.txt", by: owner)
            #expect(gif.type == .image && gif.state == .processing && gif.fileName == "ab.txt")
        }
    }
}
