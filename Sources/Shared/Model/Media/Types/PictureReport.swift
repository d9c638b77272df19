import JSON

/// What the process says that has looked at a picture. Its files lie in its folder: `content`, and `300.webp` and the like.
package struct PictureReport: Codable, Sendable, Equatable, JSONReadable, JSONWritable {
    package struct Thumbnail: Codable, Sendable, Equatable {
        package let size: Int
        package let format: String
        package let width: Int
        package let height: Int

        package init(size: Int, format: String, width: Int, height: Int) {
            self.size = size
            self.format = format
            self.width = width
            self.height = height
        }
    }

    package var refusal: String?
    /// For the log.
    package var note: String?
    package var width: Int?
    package var height: Int?
    package var pages: Int?
    package var isAnimated = false
    package var blurhash: String?
    /// Of the file `content`, where there is one.
    package var contentType: String?
    package var thumbnails: [Thumbnail] = []

    package init(width: Int, height: Int) {
        self.width = width
        self.height = height
    }

    private init() {}

    package static func refused(_ why: String) -> PictureReport {
        var report = PictureReport()
        report.refusal = why
        return report
    }
}
