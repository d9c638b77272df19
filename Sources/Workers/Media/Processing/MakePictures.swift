import CVips
import Glibc
import JSON
import Model
import Runtime

/// Looks at one picture, or the first page of a document, and writes what is handed out of it. Runs in a process of its own.
struct MakePictures {
    let type: FileType
    let input: String
    /// What is written goes there, under names that say what it is.
    let folder: String
    /// Whether the picture itself is written anew, or only thumbnails of it.
    let keepsContent: Bool

    /// More pixels than that, of all frames together, take too long to look at.
    private static let mostPixels = 100_000_000
    private static let mostFrames = 500
    /// What is handed out of a photograph is no larger.
    private static let largestSide = 4096
    private static let largestThumbnail = 1080

    func run() throws -> PictureReport {
        cvips_allow(loader)
        let header: Picture
        do { header = try Picture(header: input, options: isMoving ? "[n=-1]" : "") } catch {
            return .refused("damaged")
        }
        guard header.pixels <= Self.mostPixels || type == .pdf else { return .refused("too_many_pixels") }
        let isAnimated = isMoving && header.pages > 1
        guard !isAnimated || header.pages <= Self.mostFrames else { return .refused("too_many_frames") }
        do {
            return isAnimated ? try animated(header) : try still(header)
        } catch let failure as Picture.Failure {
            var report = PictureReport.refused("damaged")
            report.note = failure.text
            return report
        }
    }

    private var isMoving: Bool { type == .gif || type == .webp }

    private var loader: String {
        switch type {
        case .jpeg: "VipsForeignLoadJpeg"
        case .png: "VipsForeignLoadPng"
        case .gif: "VipsForeignLoadNsgif"
        case .webp: "VipsForeignLoadWebp"
        case .heif: "VipsForeignLoadHeif"
        case .pdf: "VipsForeignLoadPdf"
        default: preconditionFailure("no picture: \(type)")
        }
    }

    // MARK: -

    private func still(_ header: Picture) throws -> PictureReport {
        let (content, large) = try base(header)
        var report = PictureReport(width: (content ?? large).width, height: (content ?? large).height)
        if type == .pdf { report.pages = header.pages }
        if let content { report.contentType = try writeContent(content) }
        // Each is made of the one before, so that the large one is looked at once.
        var picture = large
        for size in Media.thumbnailSizes.sorted(by: >) {
            picture = try picture.smaller(size).inMemory()
            report.thumbnails += try write(picture, picture, size)
        }
        report.blurhash = try Self.blurhash(of: picture)
        report.thumbnails.reverse()
        return report
    }

    /// What is handed out, where it is wanted, and what the thumbnails are made of. A photograph is read twice: the second time
    /// its decoder leaves out what small pictures do not show, which costs less than to make a large one smaller.
    private func base(_ header: Picture) throws -> (content: Picture?, large: Picture) {
        guard type == .jpeg else {
            let size = keepsContent ? Self.largestSide : Self.largestThumbnail
            let whole = try Picture(thumbnailOf: input, size: size, hasProfile: header.hasProfile).inMemory()
            return (keepsContent ? whole : nil, whole)
        }
        let side = max(header.width, header.height)
        let factor = [8, 4, 2].first { side / $0 > Self.largestThumbnail * 5 / 4 } ?? 1
        let rough = try Picture(header: input, options: "[shrink=\(factor)]").inMemory()
        let small = try rough.reduced(to: Self.largestThumbnail) ?? rough
        let large =
            small.isFinished && max(small.width, small.height) <= Self.largestThumbnail
            ? small : try small.thumbnail(Self.largestThumbnail, hasProfile: header.hasProfile)
        guard keepsContent else { return (nil, large) }
        return (
            try Picture(thumbnailOf: input, size: Self.largestSide, hasProfile: header.hasProfile), large
        )
    }

    /// Photographs as JPEG; what has sharp edges or is transparent in a form that keeps that.
    private func writeContent(_ picture: Picture) throws -> String {
        let path = "\(folder)/content"
        switch type {
        case .png, .gif:
            try picture.writePNG(path)
            return "image/png"
        case .webp where picture.hasAlpha:
            try picture.writeWebP(path, quality: 88)
            return "image/webp"
        default:
            try picture.writeJPEG(path, quality: 88, packsTight: true)
            return "image/jpeg"
        }
    }

    /// All its frames stay; where only one can be shown, it is the first.
    private func animated(_ header: Picture) throws -> PictureReport {
        let whole = try Picture(
            thumbnailOf: input, options: "[n=-1]", size: Self.largestSide, hasProfile: header.hasProfile
        ).inMemory()
        var report = PictureReport(width: whole.width, height: whole.pageHeight)
        report.isAnimated = true
        if type == .gif {
            try whole.writeGIF("\(folder)/content")
            report.contentType = "image/gif"
        } else {
            try whole.writeWebP("\(folder)/content", quality: 85)
            report.contentType = "image/webp"
        }
        for size in Media.thumbnailSizes {
            let moving = try Picture(thumbnailOf: input, options: "[n=-1]", size: size, hasProfile: header.hasProfile)
            let first = try Picture(thumbnailOf: input, options: "[n=1]", size: size, hasProfile: header.hasProfile)
                .inMemory()
            report.thumbnails += try write(moving, first, size)
            if report.blurhash == nil { report.blurhash = try Self.blurhash(of: first) }
        }
        return report
    }

    private func write(_ picture: Picture, _ still: Picture, _ size: Int) throws -> [PictureReport.Thumbnail] {
        // As good as 78 with effort 2, a tenth larger, and for half of the work.
        try picture.writeWebP("\(folder)/\(size).webp", quality: 77, effort: 0)
        try still.writeJPEG("\(folder)/\(size).jpeg", quality: 82)
        return ThumbnailFormat.allCases.reversed().map {
            PictureReport.Thumbnail(size: size, format: $0.rawValue, width: still.width, height: still.height)
        }
    }

    private static func blurhash(of picture: Picture) throws -> String? {
        let flat = try picture.flat()
        guard flat.bands == 3 else { return nil }
        return Blurhash.encode(try flat.bytes(), width: flat.width, height: flat.height)
    }
}
