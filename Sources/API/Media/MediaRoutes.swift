import APIFrame
import HTTP
import Model
import Runtime

/// Files: how they come, and to whom they are handed out.
package struct MediaRoutes: Sendable {
    private let library: MediaLibrary
    private let prefix: String
    /// Whether storage itself hands files out, by links that are good for a while.
    private let isRedirecting: Bool

    package init(_ library: MediaLibrary, under prefix: String, isRedirecting: Bool = false) {
        self.library = library
        self.prefix = prefix
        self.isRedirecting = isRedirecting
    }

    package func tables() -> [APIRoutes] {
        [
            APIRoutes(
                "Media", under: prefix, sending + UploadRoutes(library: library, prefix: prefix).routes + reading)
        ]
    }

    private var sending: [APIRoute] {
        [
            .raw(
                .post, "/media", "Send a file", errors: [.emptyFile, .quotaExceeded, .malformedBody],
                idempotency: .refused, body: .raw(types: ["*/*"]), answers: Created<Media>.answers,
                details: """
                    As `multipart/form-data`, of which the first file is taken, or as the body itself, with its name in \
                    `Content-Disposition`. What it is, its content tells. Pictures, films and sounds are made anew, without \
                    what they tell of people and places; `media.ready` says when that is done.
                    """, send
            ).needing("files.bytes")
        ]
    }

    private var reading: [APIRoute] {
        [
            .get(
                "/media", "List files", errors: [.validationFailed],
                details: "One's own, newest first; with `conversationId` those of the messages that one sees there.",
                list),
            .get("/media/quota", "Show how much one may send, and has sent", quota),
            .get("/media/{id}", "Show a file", details: "Who sent it may, and who sees a message that holds it.", show),
            .delete(
                "/media/{id}", "Delete a file", errors: [.forbidden, .conflict],
                details: "Who sent it may, as long as no message and no story holds it.", delete),
            .raw(
                .get, "/media/{id}/content", "Fetch a file", errors: Self.refusals, answers: Self.answers,
                details: "In parts too. What was not made here is an attachment.", content),
            .raw(
                .get, "/media/{id}/thumbnails/{size}", "Fetch a picture of it", errors: Self.refusals,
                answers: Self.answers, thumbnail),
            .raw(
                .get, "\(Self.linked)/{token}", "Fetch a file by a link", access: .open, errors: Self.refusals,
                answers: Self.answers,
                details: "Where files have a host of their own, the others lead here, by links good for some minutes.",
                linked),
        ]
    }

    /// Where links to files lead, on whatever host.
    package static let linked = "/files"

    private static let refusals: [Problem.Code] = [.conflict, .preconditionFailed, .rangeNotSatisfiable]

    private static var answers: [DeclaredAnswer] {
        [
            .bytes(200, type: "application/octet-stream"),
            .bytes(206, type: "application/octet-stream", "The part asked for"),
            DeclaredAnswer(
                302, "Storage hands it out",
                headers: [.init(name: "Location", text: "Good for a while.", schema: .string(format: "uri"))]),
            DeclaredAnswer(304),
        ]
    }

    // MARK: Sending

    private func send(_ input: NoInput, _ call: Call) async throws -> Response {
        let user = try call.signedIn
        let limit = try await library.allowance(of: user).fileBytes
        let (file, name) = try await ReceiveFile(library: library).whole(call, upTo: limit)
        let media = try await library.keep(file, name: name, by: user)
        return try Created(media, at: "\(prefix)/media/\(media.id)").answer()
    }

    private func delete(_ input: MediaPath, _ call: Call) async throws -> NoContent {
        try await library.delete(input.id, by: try call.signedIn)
        return NoContent()
    }

    // MARK: Reading

    private func list(_ input: MediaListInput, _ call: Call) async throws -> Page<Media> {
        guard let conversation = input.conversation else {
            return try await call.page(input.page, ID<Media>.self, { $0.id }) { before, limit in
                try await library.sent(by: try call.signedIn, input.kind, before: before, limit: limit)
            }
        }
        return try await held(in: conversation, input, call)
    }

    /// The place in such a list is that of a message, which the files themselves do not tell.
    private func held(
        in conversation: ID<Conversation>, _ input: MediaListInput, _ call: Call
    ) async throws -> Page<Media> {
        let start = try input.page.cursor.map { cursor throws(Problem) in
            try call.place(of: cursor, as: (Int64, Int64).self)
        }
        let found = try await library.held(
            in: conversation, input.kind, for: try call.signedIn, before: start, limit: input.page.limit + 1)
        let page = found.prefix(input.page.limit)
        let next = found.count > page.count ? page.last.map { call.cursor(after: $0.seq, Int64($0.place)) } : nil
        return Page(page.map(\.media), nextCursor: next)
    }

    private func quota(_ input: NoInput, _ call: Call) async throws -> MediaQuota {
        try await library.quota(of: try call.signedIn)
    }

    private func show(_ input: MediaPath, _ call: Call) async throws -> Media {
        try await library.find(input.id, for: try call.signedIn)
    }

    private func content(_ input: MediaPath, _ call: Call) async throws -> Response {
        try await answer(.content, of: input.id, call)
    }

    private func thumbnail(_ input: ThumbnailPath, _ call: Call) async throws -> Response {
        try await answer(.thumbnail(input.size, input.format), of: input.id, call)
    }

    /// The link itself is the right to read: any page may, and none gets more than it already has.
    private func linked(_ input: FileLink, _ call: Call) async throws -> Response {
        var response = answer(try await library.content(linkedBy: input.token))
        response.headers.add("Access-Control-Allow-Origin", "*")
        return response
    }

    private func answer(_ part: MediaPart, of id: ID<Media>, _ call: Call) async throws -> Response {
        let content = try await library.content(part, of: id, for: try call.signedIn)
        if isRedirecting, let link = library.store.link(to: content.name, content.presentation, at: .now) {
            return Self.elsewhere(link)
        }
        if let links = library.links { return Self.elsewhere(links.link(to: part, of: id, at: .now)) }
        return answer(content)
    }

    private static func elsewhere(_ link: String) -> Response {
        Response(302, headers: ["Location": link, "Cache-Control": "private, no-store"])
    }

    /// Kept by whoever fetched it, who asks each time whether it may still be shown.
    private func answer(_ content: MediaContent) -> Response {
        Response(
            headers: [
                "Content-Type": content.presentation.contentType,
                "Content-Disposition": content.presentation.disposition, "ETag": "\"\(content.tag)\"",
                "Cache-Control": "private, no-cache",
                "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
                "Cross-Origin-Resource-Policy": "cross-origin",
            ],
            body: library.store.body(of: content.name, bytes: content.bytes))
    }
}

struct FileLink: RouteInput {
    let token: String
    init(from input: inout InputReader) { token = input.path("token", .text(1...200)) }
}

struct MediaPath: RouteInput {
    let id: ID<Media>
    init(from input: inout InputReader) { id = input.path("id", .id()) }
}

struct ThumbnailPath: RouteInput {
    let id: ID<Media>
    let size: Int
    let format: ThumbnailFormat

    init(from input: inout InputReader) {
        id = input.path("id", .id())
        size = input.path("size", .integer(64...1080).described("64, 300 or 1080."))
        format = input.query("format", .choice(), default: .webp)
    }
}

struct MediaListInput: RouteInput {
    let kind: Media.Kind?
    let conversation: ID<Conversation>?
    let page: PageRequest

    init(from input: inout InputReader) {
        kind = input.queryIfPresent("type", .choice())
        conversation = input.queryIfPresent("conversationId", .id())
        page = input.page()
    }
}

extension MediaQuota: Representable {
    package static let representation = Representation<MediaQuota>(
        "MediaQuota", "How much one may send.",
        [
            .member("usedBytes", "Of all one's files together.") { $0.usedBytes },
            .member("totalBytes") { $0.allowance.totalBytes },
            .member("fileBytes", "Of one file.") { $0.allowance.fileBytes },
        ])
}
