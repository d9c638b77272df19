import Runtime
import TestSupport
import Testing

@testable import Model

/// Files that come in parts.
@Suite(.ownAccounts) struct UploadTests {
    private func add(_ text: String, to upload: Upload, _ library: Library, by user: SignedInUser) async throws
        -> Upload
    {
        let next = try await library.media.resumeUpload(upload.id, at: upload.received, by: user)
        return try await library.media.add(try await library.receive(Array(text.utf8)), to: next, by: user)
    }

    @Test func `the parts in their order are the file`() async throws {
        try await Library.lend { library in
            let people = try await library.chat.people(2)
            var upload = try await library.media.beginUpload("notes.txt", bytes: 11, by: people[0])
            upload = try await add("Hello", to: upload, library, by: people[0])
            #expect(upload.received == 5 && upload.media == nil)
            let wrong = upload
            #expect(
                try await problemCode {
                    _ = try await library.media.resumeUpload(wrong.id, at: 3, by: people[0])
                } == .conflict)
            #expect(
                try await problemCode { _ = try await library.media.upload(wrong.id, of: people[1]) } == .notFound)
            upload = try await add(" wor", to: upload, library, by: people[0])
            upload = try await add("ld", to: upload, library, by: people[0])
            let file = try await library.media.find(try #require(upload.media), for: people[0])
            #expect(try await library.fetch(file, by: people[0]) == "Hello world")
            #expect(Files.names(in: "\(library.folder.path)/parts/\(upload.id)") == [], "its parts are gone")
        }
    }

    @Test func `of two that go on at one place one goes on`() async throws {
        try await Library.lend { library in
            let user = try await library.chat.people(1)[0]
            let upload = try await library.media.beginUpload("notes.txt", bytes: 8, by: user)
            let codes = try await withThrowingTaskGroup { group in
                for text in ["abcd", "efgh", "ijkl"] {
                    group.addTask { try await problemCode { _ = try await add(text, to: upload, library, by: user) } }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(codes.filter { $0 == nil }.count == 1 && codes.filter { $0 == .conflict }.count == 2)
            let now = try await library.media.upload(upload.id, of: user)
            #expect(now.received == 4)
        }
    }

    @Test func `what is not whole after a day goes with its parts`() async throws {
        try await Library.lend { library in
            let user = try await library.chat.people(1)[0]
            let upload = try await library.media.beginUpload("notes.txt", bytes: 8, by: user)
            _ = try await add("half", to: upload, library, by: user)
            library.clock.advance(by: .hours(25))
            #expect(try await library.media.sweep().uploads == 1)
            #expect(Files.names(in: "\(library.folder.path)/parts/\(upload.id)") == [])
            #expect(try await problemCode { _ = try await library.media.upload(upload.id, of: user) } == .notFound)
        }
    }

    @Test func `a part that nobody knows of goes, and what is wanted stays`() async throws {
        try await Library.lend { library in
            let user = try await library.chat.people(1)[0]
            let upload = try await library.media.beginUpload("notes.txt", bytes: 8, by: user)
            _ = try await add("half", to: upload, library, by: user)
            let folder = "\(library.folder.path)/parts/\(upload.id)"
            let known = try #require(Files.names(in: folder).first)
            try await TestProcess.run("touch", ["-d", "3 days ago", "\(folder)/4-lost"])
            _ = try await library.media.sweep()
            #expect(Files.names(in: folder) == [known])
        }
    }

    @Test func `what is too large is refused before it comes`() async throws {
        try await Library.lend(MediaLimits(fileBytes: 100)) { library in
            let user = try await library.chat.people(1)[0]
            #expect(
                try await problemCode { _ = try await library.media.beginUpload("a", bytes: 101, by: user) }
                    == .payloadTooLarge)
        }
    }
}
