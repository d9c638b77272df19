import Crypto
import Foundation
import HTTP
import Runtime
import Synchronization
import TestSupport
import Testing

@testable import Model

/// Files on a server that speaks S3, and checks who does.
@Suite struct S3StoreTests {
    private actor Peer {
        static let shared = Peer()
        private var started: [Bool: Task<(TestProcess, [String]), any Error>] = [:]

        /// Port, key and secret.
        func facts(isOpen: Bool) async throws -> [String] {
            let task =
                started[isOpen]
                ?? Task {
                    let python = "\(Repository.root)/.build/test-peers/bin/python"
                    let process = try TestProcess(python, ["\(Peers.folder)/s3_peer.py"] + (isOpen ? ["open"] : []))
                    let line = try await process.waitForLine(containing: "listening")
                    return (process, line.split(separator: " ").dropFirst().map(String.init))
                }
            started[isOpen] = task
            return try await task.value.1
        }
    }

    private func lend(
        wrongly: Bool = false, isOpen: Bool = false, _ body: (S3Store, ScratchFolder) async throws -> Void
    ) async throws {
        let facts = try await Peer.shared.facts(isOpen: isOpen)
        let signer = SigV4(
            accessKey: facts[1], secretKey: Secret(wrongly ? "wrong" : facts[2]), region: "us-east-1")
        let place = S3Store.Place(
            host: "127.0.0.1", port: Int(facts[0]), isEncrypted: false, bucket: "files", signer: signer)
        let threads = ThreadPool(name: "files", threads: 1)
        let store = S3Store(place, http: HTTPClient(on: World.loops), threads: threads)
        try await body(store, try ScratchFolder("s3"))
        await store.shutDown()
        threads.stop()
    }

    private func write(_ bytes: [UInt8], to folder: ScratchFolder) throws -> (path: String, name: StoredName) {
        let path = folder.file("file-\(UInt32.random(in: 0 ... .max))")
        guard FileManager.default.createFile(atPath: path, contents: Data(bytes)) else {
            throw Unexpected(what: "\(path) cannot be written")
        }
        return (path, StoredName(digest: Hash.sha256(bytes)))
    }

    @Test func `what is stored is found, whole and in parts, until it is removed`() async throws {
        try await lend { store, folder in
            let bytes = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
            let (path, name) = try write(bytes, to: folder)
            try await store.put(path, as: name)
            try await store.put(path, as: name)
            try await store.fetch(name, to: folder.file("back"))
            #expect(try TextFile.contents(of: folder.file("back"), limit: .max).toArray() == bytes)

            guard case .parts(let count, let produce) = store.body(of: name, bytes: bytes.count) else {
                Issue.record("no parts")
                return
            }
            let gathered = Gathered()
            try await produce(1_000_000..<2_500_000, gathered)
            #expect(count == bytes.count && gathered.bytes == Array(bytes[1_000_000..<2_500_000]))

            try await store.remove(name)
            try await store.remove(name)
            await #expect(throws: NotStored.self) { try await store.fetch(name, to: folder.file("gone")) }
        }
    }

    @Test func `a link is good for whoever has it, and says what the file is`() async throws {
        try await lend(isOpen: true) { store, folder in
            let (path, name) = try write(Array("Hello".utf8), to: folder)
            try await store.put(path, as: name)
            let presentation = Presentation(
                contentType: "text/plain", disposition: "attachment; filename=\"a b+c.txt\"; filename*=UTF-8''%C3%A4")
            let link = try #require(store.link(to: name, presentation, at: .now))
            let http = HTTPClient(on: World.loops)
            let answer = try await http.send(HTTPRequest(.get, link))
            #expect(answer.status == 200 && answer.body == Array("Hello".utf8))
            #expect(answer.headers["Content-Disposition"] == presentation.disposition)
            await http.shutDown()
        }
    }

    @Test func `who has the wrong secret is refused`() async throws {
        try await lend(wrongly: true) { store, folder in
            let (path, name) = try write(Array("Hello".utf8), to: folder)
            await #expect(throws: S3Store.Failure.self) { try await store.put(path, as: name) }
        }
    }
}

/// Keeps what an answer writes.
private final class Gathered: BodyWriter {
    private let kept = Mutex<[UInt8]>([])

    var bytes: [UInt8] { kept.withLock { $0 } }
    func write(_ bytes: [UInt8]) async throws { kept.withLock { $0 += bytes } }
}
