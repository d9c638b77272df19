import JSON
import Postgres
import Queue
import Runtime

/// Looks into a file that somebody has sent, and makes of it what is handed out.
package struct ProcessMedia: Job, Codable, Equatable {
    package static let kind = "media.process"
    package static let queue = QueueName.media
    package static var retry: RetryPolicy { .exponential(attempts: 6, base: .seconds(5), cap: .minutes(10)) }
    package static var timeLimit: Duration { .minutes(30) }
    package let media: ID<Media>
}

extension MediaLibrary {
    /// A file of this machine to receive into. What it may hold is checked while it comes.
    package func newFile() async throws -> IncomingFile {
        let path = try await scratch.newFile()
        return try await threads.run { try IncomingFile(path) }
    }

    /// Keeps what has come. Whether the same content was there before shows nowhere: it is stored again.
    package func keep(
        _ file: ReceivedFile, name: String?, by user: SignedInUser, fulfilling upload: ID<Upload>? = nil
    ) async throws -> Media {
        try check(file)
        let (id, now) = (ID<Media>.new(), now)
        let allowance = try await allowance(of: user)
        try await StoredFile.claim(file.digest, bytes: file.bytes, at: now, on: database)
        try await store.put(file.file.path, as: StoredName(digest: file.digest))
        return try await durable.transaction { transaction in
            // One after the other of a person's files is counted.
            try await transaction.run("select from users where id = \(user.id) for no key update")
            let used = try await Media.bytes(of: user.id, on: transaction)
            guard file.bytes <= allowance.fileBytes else { throw Self.tooLarge(allowance) }
            guard used + file.bytes <= allowance.totalBytes else { throw Self.full(allowance) }
            try await Media.insert(
                id, file, name: Media.name(from: name, or: file.type.standardName), by: user.id, at: now,
                on: transaction)
            if let upload { try await Upload.fulfil(upload, with: id, on: transaction) }
            if file.type.isLookedAt { try await transaction.enqueue(ProcessMedia(media: id)) }
            guard let found = try await Media.find(id, for: user.id, on: transaction) else { throw Self.unknown }
            return found.media
        }
    }

    private func check(_ file: ReceivedFile) throws(Problem) {
        guard file.bytes > 0 else { throw Problem(.emptyFile, "The file has no content") }
        guard limits.allows(contentType: file.type.contentType) else {
            throw Problem(.unsupportedMediaType, "By its content it is \(file.type.contentType), which is not accepted")
        }
    }

    static func tooLarge(_ allowance: MediaAllowance) -> Problem {
        Problem(.payloadTooLarge, "A file may have \(allowance.fileBytes) bytes at most in your plan")
    }

    static func full(_ allowance: MediaAllowance) -> Problem {
        Problem(
            .quotaExceeded,
            "Your plan keeps \(allowance.totalBytes) bytes of files in all: delete some, or choose a larger plan")
    }
}

extension QueueName {
    package static let media = QueueName("media")
}
