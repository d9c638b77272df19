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

    /// What is known of its picture, with the files in `folder`.
    package mutating func take(_ report: PictureReport, in folder: String) {
        if width == nil { (width, height) = (report.width, report.height) }
        pages = report.pages
        isAnimated = report.isAnimated
        blurhash = report.blurhash
        content = report.contentType.map { Content(path: "\(folder)/content", contentType: $0) }
        thumbnails = report.thumbnails.compactMap { thumbnail in
            guard Media.thumbnailSizes.contains(thumbnail.size),
                let format = ThumbnailFormat(rawValue: thumbnail.format)
            else { return nil }
            return Thumbnail(
                size: thumbnail.size, format: format, width: thumbnail.width, height: thumbnail.height,
                path: "\(folder)/\(thumbnail.size).\(format)")
        }
    }
}

/// What comes of looking into a file.
package enum MediaVerdict: Sendable, Equatable {
    case made(MadeMedia)
    /// With the reason, which goes over the wire.
    case refused(String)
}
