import APIFrame
import HTTP
import Model
import Runtime

/// Takes files from the bodies of requests.
struct ReceiveFile: Sendable {
    let library: MediaLibrary

    /// A whole file with its name: the first one of a form, or the body itself.
    nonisolated(nonsending) func whole(
        _ call: Call, upTo limit: Int
    ) async throws -> (file: ReceivedFile, name: String?) {
        do {
            let type = call.request.headers["Content-Type"]
            guard ContentType.isSame(type, "multipart/form-data") else { return try await body(call, upTo: limit) }
            guard let reader = MultipartReader(contentType: type) else {
                throw Problem(.malformedBody, "multipart/form-data needs a boundary")
            }
            return try await form(reader, call, upTo: limit)
        } catch let broken as BrokenOff { throw broken.cause }
    }

    /// What comes, also when the rest of it does not: then why not is told besides.
    nonisolated(nonsending) func part(
        _ call: Call, upTo limit: Int
    ) async throws -> (file: ReceivedFile, failure: (any Error)?) {
        let file = try await library.newFile()
        do {
            try await call.request.body.forEachPortion(upTo: limit) { try await append($0, to: file) }
            return (try await finish(file), nil)
        } catch let broken as BrokenOff {
            try await append(broken.rest, to: file)
            return (try await finish(file), broken.cause)
        }
    }

    private nonisolated(nonsending) func body(
        _ call: Call, upTo limit: Int
    ) async throws -> (file: ReceivedFile, name: String?) {
        let file = try await library.newFile()
        try await call.request.body.forEachPortion(upTo: limit) { try await append($0, to: file) }
        let name = call.request.headers["Content-Disposition"].map { HeaderParameters($0).fileName }
        return (try await finish(file), name ?? nil)
    }

    private nonisolated(nonsending) func form(
        _ reader: MultipartReader, _ call: Call, upTo limit: Int
    ) async throws -> (file: ReceivedFile, name: String?) {
        var reader = reader
        var taker = FormFile(limit: limit)
        let file = try await library.newFile()
        try await call.request.body.forEachPortion(upTo: limit + FormFile.roomAround) { portion in
            do {
                for event in try reader.read(portion) {
                    guard let bytes = try taker.take(event) else { continue }
                    try await append(bytes, to: file)
                }
            } catch is MultipartReader.Malformed { throw Self.malformed }
        }
        guard reader.isComplete else { throw Self.malformed }
        guard taker.isFound else { throw Problem(.malformedBody, "No part of the form is a file") }
        return (try await finish(file), taker.name)
    }

    private static var malformed: Problem { Problem(.malformedBody, "The body is no multipart/form-data") }

    private nonisolated(nonsending) func append(_ bytes: [UInt8], to file: IncomingFile) async throws {
        try await library.threads.run { try file.append(bytes) }
    }

    private nonisolated(nonsending) func finish(_ file: IncomingFile) async throws -> ReceivedFile {
        try await library.threads.run { file.finish() }
    }
}

/// The file of a form: its first part that has the name of one.
private struct FormFile {
    /// For delimiters, heads of parts, and fields that nobody reads.
    static let roomAround = 64 << 10

    let limit: Int
    private(set) var isFound = false
    private(set) var name: String?
    private var isOpen = false
    private var count = 0

    init(limit: Int) { self.limit = limit }

    /// Bytes that belong to the file.
    mutating func take(_ event: MultipartReader.Event) throws -> [UInt8]? {
        switch event {
        case .part(let head):
            isOpen = !isFound && head.fileName != nil
            if isOpen { (isFound, name) = (true, head.fileName) }
            return nil
        case .bytes(let bytes):
            guard isOpen else { return nil }
            count += bytes.count
            guard count <= limit else { throw Problem(.payloadTooLarge, "At most \(limit) bytes are accepted") }
            return bytes
        case .end: return nil
        }
    }
}
