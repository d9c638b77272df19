/// What a file is, found in its first bytes and never in its name.
package enum FileType: String, Sendable, CaseIterable, Codable {
    case jpeg, png, gif, webp, heif
    case mp4, matroska, avi
    case mp3, ogg, wav, flac, aac
    case pdf
    /// Anything else: it is kept and handed out as it is, and nobody looks into it.
    case other

    /// So many bytes are looked at.
    package static let headBytes = 4096

    package var kind: Media.Kind {
        switch self {
        case .jpeg, .png, .gif, .webp, .heif: .image
        case .mp4, .matroska, .avi: .video
        case .mp3, .ogg, .wav, .flac, .aac: .audio
        case .pdf, .other: .file
        }
    }

    /// As it came.
    package var contentType: String {
        switch self {
        case .jpeg: "image/jpeg"
        case .png: "image/png"
        case .gif: "image/gif"
        case .webp: "image/webp"
        case .heif: "image/heif"
        case .mp4: "video/mp4"
        case .matroska: "video/x-matroska"
        case .avi: "video/x-msvideo"
        case .mp3: "audio/mpeg"
        case .ogg: "audio/ogg"
        case .wav: "audio/wav"
        case .flac: "audio/flac"
        case .aac: "audio/aac"
        case .pdf: "application/pdf"
        case .other: "application/octet-stream"
        }
    }

    /// What it is called where its sender gave it no name.
    package var standardName: String { self == .other ? "file" : "\(kind.rawValue).\(rawValue)" }

    package var isLookedAt: Bool { self != .other }
}

extension FileType {
    package init(head: [UInt8]) {
        self = Self.signatures.first { head.holds($0.bytes, at: $0.offset) }?.type ?? Self.further(head)
    }

    private static let signatures: [(type: FileType, offset: Int, bytes: [UInt8])] = [
        (.jpeg, 0, [0xFF, 0xD8, 0xFF]), (.png, 0, [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]),
        (.gif, 0, Array("GIF87a".utf8)), (.gif, 0, Array("GIF89a".utf8)), (.pdf, 0, Array("%PDF-".utf8)),
        (.matroska, 0, [0x1A, 0x45, 0xDF, 0xA3]), (.ogg, 0, Array("OggS".utf8)), (.flac, 0, Array("fLaC".utf8)),
        (.mp3, 0, Array("ID3".utf8)),
    ]

    private static func further(_ head: [UInt8]) -> FileType {
        if head.holds(Array("RIFF".utf8), at: 0) { return riff(head) }
        if head.holds(Array("ftyp".utf8), at: 4) { return boxes(head) }
        if head.count > 2, head[0] == 0xFF { return frames(head) }
        return .other
    }

    private static func riff(_ head: [UInt8]) -> FileType {
        if head.holds(Array("WEBP".utf8), at: 8) { return .webp }
        if head.holds(Array("WAVE".utf8), at: 8) { return .wav }
        if head.holds(Array("AVI ".utf8), at: 8) { return .avi }
        return .other
    }

    /// ISO base media: pictures and films differ in their brand.
    private static func boxes(_ head: [UInt8]) -> FileType {
        let brands = ["heic", "heix", "heim", "heis", "mif1", "msf1", "avif", "avis"]
        return brands.contains { head.holds(Array($0.utf8), at: 8) } ? .heif : .mp4
    }

    /// MPEG audio without a tag before it: the synchronisation of a frame, and fields that can be.
    private static func frames(_ head: [UInt8]) -> FileType {
        if head[1] & 0xF6 == 0xF0 { return .aac }
        let (version, layer, rate) = (head[1] >> 3 & 3, head[1] >> 1 & 3, head[2] >> 4)
        return head[1] & 0xE0 == 0xE0 && version != 1 && layer == 1 && rate != 15 && rate != 0 ? .mp3 : .other
    }
}

extension [UInt8] {
    fileprivate func holds(_ bytes: [UInt8], at offset: Int) -> Bool {
        count >= offset + bytes.count && self[offset..<offset + bytes.count].elementsEqual(bytes)
    }
}
