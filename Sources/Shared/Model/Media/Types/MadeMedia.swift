/// What was made of a file that somebody has sent.
package struct MadeMedia: Sendable, Equatable {
    /// A file of this machine.
    package struct Content: Sendable, Equatable {
        package let path: String
        package let contentType: String

        package init(path: String, contentType: String) {
            self.path = path
            self.contentType = contentType
        }
    }

    package struct Thumbnail: Sendable, Equatable {
        package let size: Int
        package let format: ThumbnailFormat
        package let width: Int
        package let height: Int
        package let path: String
    }

    package var kind: Media.Kind
    /// What is handed out in place of what came; nil where that is handed out as it is.
    package var content: Content?
    package var width: Int?
    package var height: Int?
    package var durationMs: Int?
    package var pages: Int?
    package var isAnimated = false
    package var blurhash: String?
    package var waveform: [Int]?
    package var thumbnails: [Thumbnail] = []

    package init(_ kind: Media.Kind) { self.kind = kind }

    private static let contentTypes: Set<String> = ["image/jpeg", "image/png", "image/gif", "image/webp"]

    /// What is known of its picture, with the files in `folder`. Whoever looked at a stranger's file may have been talked into
    /// saying anything, so only what could be true is believed.
    package mutating func take(_ report: PictureReport, in folder: String) {
        if width == nil { (width, height) = (Self.side(report.width), Self.side(report.height)) }
        pages = report.pages.flatMap { $0 > 0 && $0 <= Int(Int32.max) ? $0 : nil }
        isAnimated = report.isAnimated
        blurhash = report.blurhash.flatMap { $0.utf8.count <= 64 ? $0 : nil }
        content = report.contentType.flatMap { type in
            Self.contentTypes.contains(type) ? Content(path: "\(folder)/content", contentType: type) : nil
        }
        thumbnails = report.thumbnails.compactMap { thumbnail in
            guard Media.thumbnailSizes.contains(thumbnail.size),
                let format = ThumbnailFormat(rawValue: thumbnail.format),
                let width = Self.side(thumbnail.width), let height = Self.side(thumbnail.height)
            else { return nil }
            return Thumbnail(
                size: thumbnail.size, format: format, width: width, height: height,
                path: "\(folder)/\(thumbnail.size).\(format)")
        }
    }

    private static func side(_ length: Int?) -> Int? { length.flatMap { (1...100_000).contains($0) ? $0 : nil } }
}

/// What comes of looking into a file.
package enum MediaVerdict: Sendable, Equatable {
    case made(MadeMedia)
    /// With the reason, which goes over the wire.
    case refused(String)
}
