import Foundation
import JSON
import Model
import Runtime
import TestSupport
import Testing

@testable import MediaHandlers

/// Files as people send them, made once for the run, and a workshop that looks into them.
struct Pictures: Sendable {
    static let workshop = Workshop(executable: TestProcess.pathOfOurs("worker-media"))

    let folder: ScratchFolder
    private let sources: String
    let names: [String]

    static func run(_ arguments: String...) async throws -> String {
        let script = "\(Repository.root)/Tests/ModelTests/Peers/pictures.py"
        return try await TestProcess.run("/usr/bin/python3", [script] + arguments)
    }

    /// The harmless ones, or the others.
    init(hostile: Bool = false) async throws {
        folder = try ScratchFolder("pictures")
        sources = "\(try await Shared.shared.folder())/\(hostile ? "hostile" : "harmless")"
        names = Files.names(in: sources).sorted()
    }

    /// Made once for all tests.
    private actor Shared {
        static let shared = Shared()
        private var made: Task<ScratchFolder, any Error>?

        func folder() async throws -> String {
            let task = made ?? Task { try await Self.make() }
            made = task
            return try await task.value.path
        }

        private static func make() async throws -> ScratchFolder {
            let folder = try ScratchFolder("sent")
            for (command, name) in [("make", "harmless"), ("hostile", "hostile")] {
                try Files.makeFolder(folder.file(name))
                _ = try await run(command, folder.file(name))
            }
            return folder
        }
    }

    func path(_ name: String) -> String { "\(sources)/\(name)" }

    /// What comes of it, in a folder of its own.
    func look(at name: String) async throws -> (verdict: MediaVerdict, folder: String) {
        let target = folder.file("made \(name)")
        try Files.makeFolder(target)
        let type = FileType(head: try Files.head(of: path(name)))
        return (try await Self.workshop.look(at: type, path(name), in: target), target)
    }

    func made(_ name: String) async throws -> MadeMedia {
        guard case .made(let made) = try await look(at: name).verdict else {
            throw Unexpected(what: "\(name) was refused")
        }
        return made
    }

    static func bytes(of path: String) -> [UInt8] { Array(FileManager.default.contents(atPath: path) ?? Data()) }

    /// How an image looks to another library.
    static func look(at path: String) async throws -> JSONValue {
        try JSONCoder.decode(JSONValue.self, from: Array(try await run("look", path).utf8))
    }

    /// The mean difference of their pixels once they have one size.
    static func difference(_ one: String, _ other: String) async throws -> Double {
        let text = try await run("compare", one, other)
        return try #require(Double(text.filter { !$0.isWhitespace }))
    }
}
