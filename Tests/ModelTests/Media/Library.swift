import Crypto
import HTTP
import Postgres
import Runtime
import TestSupport
import Testing

@testable import Model

/// Files of one test in a folder of its own.
struct Library: Sendable {
    let chat: Chat
    let clock: ManualClock
    let media: MediaLibrary
    let folder: ScratchFolder

    static func lend(_ limits: MediaLimits = MediaLimits(), _ body: (Library) async throws -> Void) async throws {
        let clock = ManualClock(.now)
        try await Chat.lend(at: clock) { chat in
            let folder = try ScratchFolder("library")
            let storage = Storage(StorageConfig(folder: folder.path), loops: World.loops)
            let media = MediaLibrary(durable: chat.durable, storage: storage, limits: limits, clock: clock)
            try await body(Library(chat: chat, clock: clock, media: media, folder: folder))
            await storage.shutDown()
        }
    }

    func receive(_ bytes: [UInt8]) async throws -> ReceivedFile {
        let file = try await media.newFile()
        try file.append(bytes)
        return file.finish()
    }

    /// A file that nobody looks into.
    func send(_ text: String, by user: SignedInUser, name: String? = "notes.txt") async throws -> Media {
        try await media.keep(try await receive(Array(text.utf8)), name: name, by: user)
    }

    func share(
        _ kind: FileMessage.Kind, _ files: [Media], in conversation: ID<Conversation>, by user: SignedInUser
    ) async throws -> Message {
        try await chat.sending.send(
            NewMessage(
                in: conversation, by: user.id, .files(FileMessage(kind, files.map(\.id), caption: "Look"))))
    }

    /// What somebody gets of a file's content; nil where they are refused.
    func fetch(_ file: Media, by user: SignedInUser) async throws -> String? {
        do {
            let content = try await media.content(.content, of: file.id, for: user)
            guard case .file(let path, _) = media.store.body(of: content.name, bytes: content.bytes) else { return nil }
            return try TextFile.read(path)
        } catch let problem as Problem where problem.code == .notFound { return nil }
    }

    /// As if what was let go had been let go so many hours earlier.
    func age(by hours: Int) async throws {
        for table in ["media", "stored_files"] as [StaticString] {
            try await chat.database.run(
                "update \(literally: table) set released_at = released_at - make_interval(hours => \(hours)::int)")
        }
    }

    /// How many files lie in storage.
    func stored() -> Int { count(below: "\(folder.path)/files") }

    private func count(below path: String) -> Int {
        let names = Files.names(in: path)
        if names.isEmpty { return 0 }
        return names.reduce(0) { sum, name in
            let inner = count(below: "\(path)/\(name)")
            return sum + (inner == 0 && name.count == 64 ? 1 : inner)
        }
    }
}
