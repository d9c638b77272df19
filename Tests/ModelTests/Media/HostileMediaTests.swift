import Glibc
import JSON
import Model
import Runtime
import TestSupport
import Testing

@testable import MediaHandlers

/// Files that want to do harm.
@Suite struct HostileMediaTests {
    /// Those that a picture or a sound can be made of, without what was hidden in them.
    private static let harmlessOnceMade: Set<String> = [
        "both.gif", "both.jpg", "both.png", "note.png", "huge.gif", "noise.avi", "list.avi", "list.mp3",
    ]
    /// Not what their names say: they are handed out as they are, as attachments.
    private static let notLookedAt: Set<String> = ["page.jpg", "loop.pdf", "large.pdf", "page.svg", "list.m3u8"]

    @Test func `none of them does harm, and each is refused with a reason`() async throws {
        let pictures = try await Pictures(hostile: true)
        #expect(pictures.names.count >= 20)
        for name in pictures.names {
            let type = FileType(head: try Files.head(of: pictures.path(name)))
            if type == .other {
                #expect(Self.notLookedAt.contains(name), "\(name)")
                continue
            }
            let (verdict, folder) = try await pictures.look(at: name)
            switch verdict {
            case .refused(let why):
                #expect(
                    ["damaged", "too_many_pixels", "too_many_frames", "too_costly"].contains(why), "\(name): \(why)")
            case .made(let made):
                #expect(
                    Self.harmlessOnceMade.contains(name) || Self.notLookedAt.contains(name) && made.content == nil,
                    "\(name): \(made)")
                let kept = made.content.map { Pictures.bytes(of: $0.path) } ?? []
                #expect(!String(decoding: kept, as: UTF8.self).contains("<script"), "\(name)")
            }
            #expect(!Self.holdsSecrets(folder), "\(name)")
        }
    }

    /// What is in a file of the machine that several of them point to.
    private static func holdsSecrets(_ folder: String) -> Bool {
        Files.names(in: folder).contains { name in
            String(decoding: Pictures.bytes(of: "\(folder)/\(name)"), as: UTF8.self).contains("root:x:0:0")
        }
    }

    @Test func `a child reaches no network, no other file and no other process`() async throws {
        let folder = try ScratchFolder("confined")
        let script = """
            import os, socket
            for deed in [
                lambda: socket.socket(), lambda: socket.socketpair(), lambda: open("/etc/passwd"),
                lambda: open("\(Repository.root)/Package.swift"), lambda: open("\(folder.path)-beside", "w"),
                lambda: os.kill(os.getppid(), 0), lambda: os.environ["PGPASSWORD"],
                lambda: open("/proc/%d/environ" % os.getppid()), lambda: os.fork(),
            ]:
                try:
                    deed()
                    print("done")
                except (OSError, KeyError) as error:
                    print(type(error).__name__)
            open("\(folder.path)/own", "w").write("kept")
            print("own file")
            """
        let bench = Bench(
            shop: Pictures.workshop, input: folder.path, folder: folder.path, isStopped: { false })
        let said = try await bench.program("python3", ["-c", script], within: .seconds(60))
        #expect(
            String(decoding: said, as: UTF8.self).split(separator: "\n") == [
                "PermissionError", "PermissionError", "PermissionError", "PermissionError", "PermissionError",
                "PermissionError", "KeyError", "PermissionError", "PermissionError", "own file",
            ])
    }

    @Test func `a child that takes too much memory or time is ended, and the worker lives on`() async throws {
        let folder = try ScratchFolder("greedy")
        let bench = Bench(shop: Pictures.workshop, input: folder.path, folder: folder.path, isStopped: { false })
        let greedy = ["x = []\nwhile True: x.append(bytearray(1 << 28))", "while True: pass"]
        for script in greedy {
            await #expect(throws: Bench.Refused.self) {
                _ = try await bench.program("python3", ["-c", script], within: .seconds(2))
            }
        }
        let said = try await bench.program("python3", ["-c", "print(1)"], within: .seconds(60))
        #expect(said == Array("1\n".utf8))
    }

    @Test func `what makes copies of itself for pictures is used again, and one that has died is followed by another`()
        async throws
    {
        let pictures = try await Pictures()
        let shop = Workshop(executable: TestProcess.pathOfOurs("worker-media"))
        defer { shop.shutDown() }
        func look(_ isStopped: Bool = false) async throws -> MediaVerdict {
            let folder = pictures.folder.file("copy \(Entropy.bits())")
            try Files.makeFolder(folder)
            return try await shop.look(at: .jpeg, pictures.path("photo.jpg"), in: folder, isStopped: { isStopped })
        }
        guard case .made = try await look(), let first = shop.templates.processes.first else {
            Issue.record("nothing was made")
            return
        }
        await #expect(throws: CancellationError.self) { _ = try await look(true) }
        guard case .made = try await look() else {
            Issue.record("nothing was made after a stop")
            return
        }
        #expect(shop.templates.processes == [first])
        kill(first, SIGKILL)
        guard case .made = try await look() else {
            Issue.record("nothing was made after a death")
            return
        }
        #expect(shop.templates.processes.count == 1 && shop.templates.processes != [first])
    }

    @Test func `work that is to stop stops, and says so`() async throws {
        let folder = try ScratchFolder("stopped")
        let bench = Bench(shop: Pictures.workshop, input: folder.path, folder: folder.path, isStopped: { true })
        await #expect(throws: CancellationError.self) {
            _ = try await bench.program("python3", ["-c", "while True: pass"], within: .seconds(600))
        }
    }
}
