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
    package func requestExport(of user: SignedInUser, from origin: Origin) async throws -> ExportState {
        let id = try await durable.transaction { transaction in
            let (id, now) = (ID<AccountExport>.new(), now)
            if let present = try await AccountExport.latest(of: user.id, since: now - .days(1), on: transaction) {
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

    /// The next piece of an export; nil behind the last.
    package func part(_ number: Int, of export: AccountExport) async throws -> [UInt8]? {
        try await AccountExport.part(number, of: export.id, on: database)
    }
}

extension BuildAccountExport {
    private static let partBytes = 1 << 20

    /// Packs it in one snapshot and owes the link, all in one transaction.
    package func build(
        _ sections: [ExportSection] = ExportSection.all, on transaction: JobTransaction
    ) async throws {
        guard let found = try await AccountExport.find(export, on: transaction), found.finishedAt == nil else {
            throw JobOutcome.discard("the export is gone or ready")
        }
        var zip = ZipWriter()
        var (parts, total) = (0, 0)
        func store(_ bytes: [UInt8]) async throws {
            for start in stride(from: 0, to: bytes.count, by: Self.partBytes) {
                let piece = Array(bytes[start..<min(start + Self.partBytes, bytes.count)])
                try await AccountExport.insertPart(parts, piece, of: export, on: transaction)
                parts += 1
                total += piece.count
            }
        }
        for section in sections {
            zip.add(section.name, Array(try await section.load(found.user, transaction).utf8))
            try await store(zip.take())
        }
        zip.finish()
        try await store(zip.take())
        let now = Timestamp.now
        try await AccountExport.finish(
            export, bytes: total, at: now, expiresAt: now + Lifetimes.export, on: transaction)
        try await transaction.enqueue(SendExportLink(export: export))
    }
}
