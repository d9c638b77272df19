import APIFrame
import HTTP
import Model
import Runtime

/// Files that come in parts, so that a broken connection costs little.
struct UploadRoutes: Sendable {
    let library: MediaLibrary
    let prefix: String

    var routes: [APIRoute] {
        [
            .post(
                "/media/uploads", "Begin to send a file in parts",
                errors: [.conflict, .payloadTooLarge, .quotaExceeded, .unsupportedMediaType], idempotency: .refused,
                details:
                    "Each part is a `PATCH` at the offset that is reached. Unfinished, it goes after a day.",
                begin
            ).needing("files.bytes"),
            .get("/media/uploads/{id}", "Show how far it is", show),
            .raw(
                .patch, "/media/uploads/{id}", "Send the next part",
                errors: [.conflict, .emptyFile, .quotaExceeded, .validationFailed], idempotency: .refused,
                body: .raw(types: ["*/*"]),
                answers: [DeclaredAnswer.json(200, Upload.schema, "What is there now; `mediaId` once it is whole")],
                details: "What came of a part that broke off is kept: ask how far it is, and go on from there.", add),
            .delete("/media/uploads/{id}", "Give it up", drop),
        ]
    }

    private func begin(_ input: UploadInput, _ call: Call) async throws -> Created<Upload> {
        if let type = input.contentType { try library.demandAllowed(type) }
        let upload = try await library.beginUpload(input.fileName, bytes: input.size, by: try call.signedIn)
        return Created(upload, at: "\(prefix)/media/uploads/\(upload.id)")
    }

    private func show(_ input: UploadPath, _ call: Call) async throws -> Upload {
        try await library.upload(input.id, of: try call.signedIn)
    }

    private func add(_ input: UploadPartInput, _ call: Call) async throws -> Response {
        let user = try call.signedIn
        let upload = try await library.resumeUpload(input.id, at: input.offset, by: user)
        let (part, failure) = try await ReceiveFile(library: library).part(call, upTo: upload.bytes - upload.received)
        let now = try await library.add(part, to: upload, by: user)
        if let failure { throw failure }
        var response = try Response.json(200, now)
        response.headers.add("Upload-Offset", "\(now.received)")
        return response
    }

    private func drop(_ input: UploadPath, _ call: Call) async throws -> NoContent {
        try await library.dropUpload(input.id, of: try call.signedIn)
        return NoContent()
    }
}

struct UploadInput: RouteInput {
    let fileName: String
    let size: Int
    let contentType: String?

    init(from input: inout InputReader) {
        fileName = input.read("fileName", .text(1...Media.longestName))
        size = input.read("size", .integer(1...(5 << 30)).described("How many bytes it has."))
        contentType = input.readIfPresent(
            "contentType", .text(3...127).described("What it should be; its content decides."))
    }
}

struct UploadPath: RouteInput {
    let id: ID<Upload>
    init(from input: inout InputReader) { id = input.path("id", .id()) }
}

struct UploadPartInput: RouteInput {
    let id: ID<Upload>
    let offset: Int

    init(from input: inout InputReader) {
        id = input.path("id", .id())
        offset = input.header("Upload-Offset", .integer(0...(5 << 30)))
    }
}
