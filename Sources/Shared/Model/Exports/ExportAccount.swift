import Postgres
import Queue
import Runtime

/// An export as its owner sees it.
package struct ExportState: Sendable {
    package let export: AccountExport
    /// Where it can be fetched; nil while it is being packed, and when it is gone.
    package let link: String?
}

extension Accounts {
    /// Asks for all that is kept about oneself. Asked again, it is the same one, for a day.
    package func requestExport(
        of user: SignedInUser, password: String?, from origin: Origin
    ) async throws -> ExportState {
        try await confirmUnlessFresh(user, password: password, from: origin)
        let id = try await durable.transaction { transaction in
            let (id, now) = (ID<AccountExport>.new(), now)
            if let present = try await AccountExport.latest(of: user.id, since: now - .days(1), on: transaction) {
                // Its job may have died of something that is mended now.
                if present.finishedAt == nil, now - present.requestedAt > .hours(1) {
                    try await transaction.enqueue(
                        BuildAccountExport(export: present.id), JobOptions(unique: .untilDone("export:\(present.id)")))
                }
                return present.id
            }
            guard try await AccountExport.insert(id, of: user.id, at: now, on: transaction) else {
                return try await AccountExport.latest(of: user.id, since: now - .days(1), on: transaction)?.id ?? id
            }
            try await transaction.enqueue(BuildAccountExport(export: id))
            try await AuditEntry(.exportAsked, by: user.id, session: user.session, from: origin, at: now)
                .write(on: transaction)
            return id
        }
        return try await export(id, of: user)
    }

    package func export(_ id: ID<AccountExport>, of user: SignedInUser) async throws -> ExportState {
        guard let export = try await AccountExport.find(id, on: database), export.user == user.id else {
            throw Problem(.notFound, "There is no such export.")
        }
        return ExportState(
            export: export, link: export.isReady(at: now) ? export.link(config.places, secrets) : nil)
    }

    /// The export behind a link, whoever follows it.
    package func openExport(_ token: String, from origin: Origin) async throws -> AccountExport {
        guard let id = secrets.downloadTokens.id(in: token, of: AccountExport.self),
            let export = try await AccountExport.find(id, on: database), export.isReady(at: now)
        else { throw Problem(.notFound, "This link has expired.") }
        try await AuditEntry(.exportFetched, by: nil, to: export.user, from: origin, at: now).write(on: database)
        return export
    }

    /// Hands on some of the bytes of an export, piece by piece.
    package func write(
        _ range: Range<Int>, of export: AccountExport, to sink: ([UInt8]) async throws -> Void
    ) async throws {
        let size = BuildAccountExport.partBytes
        var next = range.lowerBound
        while next < range.upperBound {
            let start = next / size * size
            guard let part = try await AccountExport.part(next / size, of: export.id, on: database),
                start + part.count > next
            else { throw Problem(.notFound, "This link has expired.") }
            let end = min(range.upperBound, start + part.count)
            try await sink(Array(part[(next - start)..<(end - start)]))
            next = end
        }
    }
}

extension BuildAccountExport {
    /// Of each stored part but the last.
    static let partBytes = 1 << 20

    /// Packs it in one snapshot and owes the link, all in one transaction.
    package func build(
        _ sections: [ExportSection] = ExportSection.all, messagesOfFile: Int = 10_000, on transaction: JobTransaction
    ) async throws {
        guard let found = try await AccountExport.find(export, on: transaction), found.finishedAt == nil else {
            throw JobOutcome.discard("the export is gone or ready")
        }
        var zip = ZipWriter()
        var parts = 0
        for section in sections {
            zip.add(section.name, Array(try await section.load(found.user, transaction).utf8))
            parts = try await store(&zip, as: parts, downTo: Self.partBytes, on: transaction)
        }
        // One by one: somebody may have written a million.
        var (number, last) = (1, ID<Message>?.none)
        while let page = try await ExportSection.messages(
            of: found.user, after: last, limit: messagesOfFile, on: transaction)
        {
            zip.add("messages-\(number).json", Array(page.text.utf8))
            parts = try await store(&zip, as: parts, downTo: Self.partBytes, on: transaction)
            (number, last) = (number + 1, page.last)
        }
        zip.finish()
        _ = try await store(&zip, as: parts, downTo: 1, on: transaction)
        let now = Timestamp.now
        try await AccountExport.finish(
            export, bytes: zip.count, at: now, expiresAt: now + Lifetimes.export, on: transaction)
        try await transaction.enqueue(SendExportLink(export: export))
    }

    /// Stores what was written so far, except a last piece of less than `least` bytes; answers the next part's number.
    private func store(
        _ zip: inout ZipWriter, as first: Int, downTo least: Int, on transaction: JobTransaction
    ) async throws -> Int {
        var number = first
        while zip.waiting >= least {
            try await AccountExport.insertPart(
                number, zip.take(upTo: Self.partBytes), of: export, on: transaction)
            number += 1
        }
        return number
    }
}
