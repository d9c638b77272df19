import HTTP
import JSON
import Runtime

extension Media: Representable {
    package static let representation = Representation<Media>(
        "Media", "A file that somebody has sent.",
        [
            .member("id") { $0.id },
            .member("ownerId") { $0.ownerId },
            .member("type", "What it is by its content: image, video, audio or file.") { $0.type.rawValue },
            .member("state", "processing, ready or refused. The event `media.ready` tells when it changes.") {
                $0.state.rawValue
            },
            .member("refusal", "Why it was refused.") { $0.refusal },
            .member("fileName") { $0.fileName },
            .member("contentType", "Of what `/media/{id}/content` answers.") { $0.contentType },
            .member("bytes") { $0.bytes },
            .member("width") { $0.width },
            .member("height") { $0.height },
            .member("durationMs") { $0.durationMs },
            .member("pages") { $0.pages },
            .member("isAnimated") { $0.isAnimated },
            .member("blurhash", "What to show until the picture is there.") { $0.blurhash },
            .member("waveform", "How loud it is in equal parts of its time, from 0 to 100.") { $0.waveform },
            .member("thumbnails", "Smallest first; none as long as it is looked at.") { $0.thumbnails },
            .member("createdAt") { $0.createdAt },
        ])
}

extension Media.Thumbnail: Representable {
    package static let representation = Representation<Media.Thumbnail>(
        "Thumbnail", "A picture made smaller.",
        [
            .member(
                "size", "At most so long is its longer side; it stands in the path of the picture."
            ) {
                $0.size
            },
            .member("format", "webp or jpeg.") { $0.format.rawValue },
            .member("width") { $0.width },
            .member("height") { $0.height },
            .member("bytes") { $0.bytes },
        ])
}
