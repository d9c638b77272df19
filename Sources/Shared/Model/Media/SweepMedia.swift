import JSON
import Postgres
import Queue
import Runtime

/// Removes files that nobody has used or needs any more: a day after the last of them that held one is gone.
package struct SweepMedia: Job, Codable, Equatable {
    package static let kind = "media.sweep"
    package static let queue = QueueName.media
    package static var retry: RetryPolicy { .exponential(attempts: 5, base: .seconds(30), cap: .minutes(10)) }
    package static var timeLimit: Duration { .minutes(30) }

    package init() {}

    package static func cron() throws -> Cron {
        try Cron("media.sweep", "23 * * * *", zone: "UTC", missed: .runOnce) { _ in SweepMedia() }
    }
}

/// What a sweep has removed.
package struct SweepReport: Sendable, Equatable {
    package internal(set) var uploads = 0
    package internal(set) var media = 0
    package internal(set) var files = 0

    package init() {}
}

extension MediaLibrary {
    /// In small pieces, each by itself, so that nobody waits for them.
    package func sweep() async throws -> SweepReport {
        let end = now - .days(1)
        var report = SweepReport()
        report.uploads = try await inPieces { try await sweepUploads() }
        report.media = try await inPieces { try await Media.sweep(before: end, on: database) }
        report.files = try await inPieces { try await sweepFiles(before: end) }
        try await store.pruneParts(before: end - Upload.lifetime)
        try await scratch.prune(at: now)
        return report
    }

    private func inPieces(_ remove: () async throws -> (seen: Int, removed: Int)) async throws -> Int {
        var total = 0
        while true {
            try Task.checkCancellation()
            let (seen, removed) = try await remove()
            total += removed
            if seen < Media.piece { return total }
        }
    }

    private func sweepUploads() async throws -> (seen: Int, removed: Int) {
        let expired: [ID<Upload>] = try await database.all(
            "select id from uploads where expires_at < \(now) limit \(Media.piece)")
        for id in expired {
            try await dropParts(of: id)
            try await database.run("delete from uploads where id = \(id)")
        }
        return (expired.count, expired.count)
    }

    /// Removed while its row is locked: whoever brings the same content waits, and then stores it anew.
    private func sweepFiles(before end: Timestamp) async throws -> (seen: Int, removed: Int) {
        try await database.transaction { transaction in
            let released = try await StoredFile.lock(releasedBefore: end, on: transaction)
            let unused = try await StoredFile.unused(among: released, on: transaction)
            for digest in unused { try await store.remove(StoredName(digest: digest)) }
            try await StoredFile.settle(released, removing: unused, on: transaction)
            return (released.count, unused.count)
        }
    }
}

extension Media {
    static let piece = 100

    /// With a file's row locked nothing can begin to hold it.
    fileprivate static func sweep(before end: Timestamp, on database: Database) async throws -> (
        seen: Int, removed: Int
    ) {
        try await database.transaction { transaction in
            let released: [ID<Media>] = try await transaction.all(
                """
                select id from media where released_at < \(end)
                order by released_at limit \(piece)
                for update skip locked
                """)
            var unused: [ID<Media>] = []
            for id in released {
                if try await isHeld(id, on: transaction) {
                    try await transaction.run("update media set released_at = null where id = \(id)")
                } else {
                    unused.append(id)
                }
            }
            try await remove(unused, releasedBefore: end, on: transaction)
            return (released.count, unused.count)
        }
    }

    /// Their content was let go when they were, unless somebody has just brought the same.
    private static func remove(
        _ ids: [ID<Media>], releasedBefore end: Timestamp, on transaction: some SQLRunner
    ) async throws {
        let contents: [[UInt8]] = try await transaction.all(
            """
            select s.digest from stored_files s
            where (s.released_at is null or s.released_at < \(end)) and s.digest in (
                select f.digest from media f where f.id = any (\(ids)) and f.digest is not null
                union
                select v.digest from media_variants v where v.media_id = any (\(ids))
            )
            order by s.digest
            for update
            """)
        try await transaction.run("delete from media where id = any (\(ids))")
        try await transaction.run(
            "update stored_files set released_at = \(end - .seconds(1)) where digest = any (\(contents))")
    }
}

extension StoredFile {
    fileprivate static func lock(
        releasedBefore end: Timestamp, on transaction: some SQLRunner
    ) async throws -> [[UInt8]] {
        try await transaction.all(
            """
            select digest from stored_files where released_at < \(end)
            order by released_at limit \(Media.piece)
            for update skip locked
            """)
    }

    /// In a statement of its own, so that it sees what was committed before the rows were locked.
    fileprivate static func unused(among digests: [[UInt8]], on transaction: some SQLRunner) async throws -> [[UInt8]] {
        try await transaction.all(
            """
            select d.digest from unnest(\(digests)) as d (digest)
            where not exists (select from media f where f.digest = d.digest)
                and not exists (select from media_variants v where v.digest = d.digest)
            """)
    }

    fileprivate static func settle(
        _ released: [[UInt8]], removing unused: [[UInt8]], on transaction: some SQLRunner
    ) async throws {
        try await transaction.run("delete from stored_files where digest = any (\(unused))")
        try await transaction.run("update stored_files set released_at = null where digest = any (\(released))")
    }
}
