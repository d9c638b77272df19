import Foundation
import TestSupport
import Testing

/// Files with the real processes: sent, looked into, told of, and handed out to who may read them.
@Suite(.ownStores)
struct MediaTests {
    @Test func `files are sent, told of and fetched, also when the worker is killed in the middle`() async throws {
        let files = try ScratchFolder("files")
        try await makeFiles(in: files)
        let system = try await ChatSystem(
            besides: ["api": 1, "worker-fanout": 1, "worker-media": 1],
            variables: ["STORAGE_PATH": files.file("stored")])
        // Ada and Bob write to each other, Eve to somebody else.
        let tokens = try await system.people(4, inGroupsOf: 2)
        let script = "\(Repository.root)/Tests/EndToEndTests/Chat/Peers/media_flow.py"
        let people = try TestProcess("/usr/bin/python3", [script, "\(system.ports[0])", tokens, files.path])
        try await people.waitForLine(containing: "kill me", within: .seconds(600))
        try await system.killAndReplace("worker-media 0")
        #expect(try await people.waitForExit(within: .seconds(600)) == .code(0), "\(people.errors)")
        #expect(
            people.lines == [
                "sent image holiday.jpg True", "ready ready 1200x1600 6 True", "told True True",
                #"content 200 image/jpeg inline; filename="holiday.jpg" nosniff True True"#,
                "part 206 True 304 416", "thumbnail 200 image/webp True", "thumbnail 200 image/jpeg True",
                "stranger 404 not_found, 404 not_found", "lists [1, 0]",
                "page 200 nöte.html application/octet-stream attachment", "broken refused damaged 404 not_found",
                "broken off 409 conflict", "whole True True",
                "too large 422 validation_failed, 413 payload_too_large, 422 empty_file",
                "story Hello [True] 1 None", "answer True", "kill me", "film ready 20000 600 frames",
            ])
        try await system.stop()
    }

    private func makeFiles(in folder: ScratchFolder) async throws {
        let script = "\(Repository.root)/Tests/ModelTests/Peers/pictures.py"
        for (command, name) in [("make", "harmless"), ("hostile", "hostile")] {
            try FileManager.default.createDirectory(
                atPath: folder.file(name), withIntermediateDirectories: true)
            try await TestProcess.run("/usr/bin/python3", [script, command, folder.file(name)])
        }
    }
}
