import Foundation
import Redis
import Runtime
import TestSupport

@testable import Queue

/// Every kind of key that a queue has, and how garbage gets into it.
enum QueueLayout {
    enum Shape {
        /// Its elements are jobs.
        case jobs
        /// A hash from something to jobs.
        case jobHash
        case list, hash, sortedSet, set
        case text
    }

    /// By what stands behind the base; a colon at the end stands for a part that differs.
    static let kinds: [String: Shape] = [
        "ready:": .jobs, "suspect": .jobs, "dead": .jobs, "keys:list:": .jobs, "due:envelopes": .jobHash,
        "leased:": .jobHash, "idle": .list, "due": .sortedSet, "workers": .sortedSet, "cancelled": .sortedSet,
        "keys:ring": .sortedSet, "keys:waiting": .sortedSet, "keys:full": .set, "keys:holders:": .set,
        "control": .hash, "ledger": .hash, "kinds": .hash, "stats:": .hash, "tracked:": .hash, "unique:": .text,
        "epoch": .text, "limit": .text, "keys:limit:": .text,
    ]

    /// The kinds that scripts and `QueueKeys` name, so that none is forgotten here.
    static func named() throws -> Set<String> {
        let folder = Repository.root + "/Sources/Queue"
        let files = try FileManager.default.subpathsOfDirectory(atPath: folder).filter { $0.hasSuffix(".swift") }
        var names: Set<String> = []
        for file in files {
            let text = try String(contentsOfFile: "\(folder)/\(file)", encoding: .utf8)
            for match in text.matches(of: /b\.\.'([a-z:]+)'/) { names.insert(String(match.1)) }
            guard file.hasSuffix("QueueKeys.swift") else { continue }
            for match in text.matches(of: /base \+ "([a-z:]+)/) { names.insert(String(match.1)) }
        }
        return names
    }
}
