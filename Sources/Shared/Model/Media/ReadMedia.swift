import HTTP
import Postgres
import Runtime

/// A file, or what was made of it, to be handed out.
package struct MediaContent: Sendable {
    package let name: StoredName
    package let bytes: Int
    package let presentation: Presentation
    /// Of this content for good.
    package let tag: String
}

extension MediaLibrary {
    package func find(_ id: ID<Media>, for user: SignedInUser) async throws -> Media {
        guard let found = try await Media.find(id, for: user.id, on: database) else { throw Self.unknown }
        return found.media
    }

    package func sent(
        by user: SignedInUser, _ kind: Media.Kind?, before: ID<Media>?, limit: Int
    ) async throws -> [Media] {
        try await Media.sent(by: user.id, kind, before: before, limit: limit, on: database)
    }

    package func held(
        in conversation: ID<Conversation>, _ kind: Media.Kind?, for user: SignedInUser, before: (Int64, Int64)?,
        limit: Int
    ) async throws -> [HeldMedia] {
        try await Media.held(in: conversation, kind, for: user.id, before: before, limit: limit, on: database)
    }

    package func content(_ part: MediaPart, of id: ID<Media>, for user: SignedInUser) async throws -> MediaContent {
        guard let found = try await Media.find(id, for: user.id, on: database) else { throw Self.unknown }
        return try await content(part, of: found)
    }

    func content(_ part: MediaPart, of found: StoredMedia) async throws -> MediaContent {
        try Self.demandReady(found.media)
        switch part {
        case .content: return try Self.content(of: found)
        case .thumbnail(let size, let format): return try await thumbnail(size, format, of: found.media.id)
        }
    }

    /// What was made here shows itself in the page; all else is for the disk alone.
    private static func content(of found: StoredMedia) throws -> MediaContent {
        guard let digest = found.digest else { throw unknown }
        let media = found.media
        let manner = media.type == .file ? "attachment" : "inline"
        return MediaContent(
            name: StoredName(digest: digest), bytes: media.bytes,
            presentation: Presentation(
                contentType: media.contentType, disposition: "\(manner); \(parameter(fileName: media.fileName))"),
            tag: "\(media.id)")
    }

    private func thumbnail(_ size: Int, _ format: ThumbnailFormat, of id: ID<Media>) async throws -> MediaContent {
        guard let (digest, bytes) = try await Media.digest(ofThumbnail: size, format, of: id, on: database) else {
            throw Problem(.notFound, "This file has no such picture")
        }
        return MediaContent(
            name: StoredName(digest: digest), bytes: bytes,
            presentation: Presentation(contentType: format.contentType, disposition: "inline"),
            tag: "\(id)-\(size)-\(format)")
    }

    private static func demandReady(_ media: Media) throws(Problem) {
        switch media.state {
        case .ready: return
        case .refused: throw Problem(.notFound, "The file was refused: \(media.refusal ?? "")")
        case .processing:
            var problem = Problem(.conflict, "The file is still being looked at; `media.ready` tells when it is there")
            problem.retryAfter = .seconds(1)
            throw problem
        }
    }

    /// For old and new clients, as RFC 6266 has it.
    static func parameter(fileName: String) -> String {
        let plain = String(fileName.map { $0.isASCII && $0 != "\"" && $0 != "\\" ? $0 : "_" })
        guard plain != fileName else { return "filename=\"\(plain)\"" }
        return "filename=\"\(plain)\"; filename*=UTF-8''\(PercentEncoding.text(fileName))"
    }
}
