import JSON
import Postgres
import Runtime

/// A message that holds files.
package struct FileMessage: Sendable, Equatable {
    /// The names go over the wire.
    package enum Kind: String, Sendable, CaseIterable {
        case image, album, video, audio, file

        fileprivate var count: ClosedRange<Int> {
            switch self {
            case .image, .video, .audio: 1...1
            case .album: 2...10
            case .file: 1...10
            }
        }

        fileprivate func suits(_ media: Media) -> Bool {
            switch self {
            case .image: media.type == .image
            case .video: media.type == .video
            case .audio: media.type == .audio
            case .album: media.type == .image || media.type == .video
            case .file: true
            }
        }
    }

    package static let mostFiles = 10

    let kind: Kind
    let media: [ID<Media>]
    let caption: String

    package init(_ kind: Kind, _ media: [ID<Media>], caption: String = "") {
        self.kind = kind
        self.media = media
        self.caption = caption
    }
}

extension NewMessage {
    /// The same with its files, if its sender may read them and they suit its type. They are kept until `time` at least, and
    /// then for a day.
    func attaching(until time: Timestamp, on sql: some SQLRunner) async throws -> NewMessage {
        guard let (kind, ids) = content.files else { return self }
        guard kind.count.contains(ids.count) else {
            let (least, most) = (kind.count.lowerBound, kind.count.upperBound)
            throw Problem.invalid(
                "attachments", ids.count < least ? .tooFew : .tooMany,
                least == most ? "a message of this type holds one file" : "from \(least) to \(most) files")
        }
        let found = try await Media.take(ids, for: sender, until: time, on: sql)
        guard found.count == ids.count else {
            throw Problem.invalid("attachments", .invalid, "name a file that is not there")
        }
        guard found.allSatisfy({ kind.suits($0) && $0.state != .refused }) else {
            throw Problem.invalid("attachments", .invalid, "name a file that a message of this type cannot hold")
        }
        var message = self
        message.attachments = found
        return message
    }
}

extension MessageContent {
    /// Nil for what holds none.
    var files: (kind: FileMessage.Kind, ids: [ID<Media>])? {
        switch self {
        case .files(let message): return (message.kind, message.media)
        // As it was passed on, or kept for later.
        case .copy(let kind, _, let metadata):
            guard let kind = FileMessage.Kind(rawValue: kind), case .array(let ids)? = metadata?["attachments"] else {
                return nil
            }
            return (kind, ids.compactMap { $0.string.flatMap { ID<Media>($0) } })
        default: return nil
        }
    }
}

extension Media {
    /// Those that the person may read, in the order in which they are named; nobody removes them for a day after `time`.
    static func take(
        _ ids: [ID<Media>], for user: ID<User>, until time: Timestamp, on sql: some SQLRunner
    ) async throws -> [Media] {
        try await sql.run(
            """
            update media set released_at = greatest(released_at, \(time))
            where id = any (\(ids)) and released_at is not null
            """)
        let found = try await all(ids, for: user, on: sql)
        return ids.compactMap { id in found.first { $0.id == id } }
    }
}
