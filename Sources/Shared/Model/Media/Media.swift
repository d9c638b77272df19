import JSON
import Postgres
import Runtime

/// A file that somebody has sent, with what was made of it.
package struct Media: Sendable, Equatable, Decodable, JSONReadable {
    package enum Kind: String, Sendable, CaseIterable, Decodable { case image, video, audio, file }

    package enum State: String, Sendable, CaseIterable, Decodable {
        /// It is looked at, and handed out to nobody yet.
        case processing
        case ready
        /// It is not what it says, or too much; nothing of it was kept.
        case refused
    }

    /// The picture of it, or in it, made smaller.
    package struct Thumbnail: Sendable, Equatable, Decodable, JSONReadable {
        package let size: Int
        package let format: ThumbnailFormat
        package let width: Int
        package let height: Int
        package let bytes: Int
    }

    package let id: ID<Media>
    package let ownerId: ID<User>
    package let type: Kind
    package let state: State
    package let refusal: String?
    package let fileName: String
    package let contentType: String
    package let bytes: Int
    package let width: Int?
    package let height: Int?
    package let durationMs: Int?
    package let pages: Int?
    package let isAnimated: Bool
    package let blurhash: String?
    package let waveform: [Int]?
    package let thumbnails: [Thumbnail]
    package let createdAt: Timestamp
}

/// How a thumbnail is written.
package enum ThumbnailFormat: String, Sendable, CaseIterable, Decodable {
    case webp, jpeg

    package var contentType: String { "image/\(rawValue)" }
}

extension ThumbnailFormat: SQLEncodable, SQLDecodable {}
extension Media.Kind: SQLEncodable, SQLDecodable {}
extension Media.State: SQLEncodable, SQLDecodable {}

extension Media {
    /// The longer sides of thumbnails. No picture is made larger than it is.
    package static let thumbnailSizes = [64, 300, 1080]
    package static let longestName = 255

    /// The name of a file as its sender gave it, without the folders that it lay in.
    package static func name(from given: String?, or standard: String) -> String {
        let last = (given ?? "").split { $0 == "/" || $0 == "\\" }.last ?? ""
        let scalars = last.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F && !$0.turnsText }
        var name = String(String.UnicodeScalarView(scalars.prefix(longestName)))
        while name.first == "." || name.first == " " { name.removeFirst() }
        return name.isEmpty ? standard : name
    }
}

extension Unicode.Scalar {
    /// Changes the direction of what follows, so that a name shows an ending that it does not have.
    fileprivate var turnsText: Bool {
        (0x202A...0x202E).contains(value) || (0x2066...0x2069).contains(value) || value == 0x200E || value == 0x200F
    }
}
