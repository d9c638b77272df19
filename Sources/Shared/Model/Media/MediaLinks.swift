import Crypto
import Runtime

/// A file, or one of its small pictures.
package enum MediaPart: Sendable, Equatable {
    case content
    case thumbnail(Int, ThumbnailFormat)
}

/// Links to files on a host of their own, where nothing of ours is: whoever has one has the file for a few minutes. Who may have
/// one is found out when it is made.
package struct MediaLinks: Sendable {
    /// A link of the same file is the same for so long, that browsers find again what they have fetched, and good for at most
    /// twice as long.
    static let lifetime: Duration = .minutes(5)
    private static let nameBytes = 27

    private let ring: KeyRing
    private let address: String

    /// `address` is that of the folder which the names of files stand in.
    package init(_ masters: MasterKeys, address: String) {
        ring = KeyRing(masters, for: "media-link")
        self.address = address
    }

    package func link(to part: MediaPart, of media: ID<Media>, at now: Timestamp) -> String {
        let step = Self.lifetime.milliseconds
        let name = Self.name(part, media, until: (now.milliseconds / step + 2) * step)
        return "\(address)/\(Base64URL.encode(name + ring.digest(name)))"
    }

    /// What a link names; nil unless we have made it, and it is still good.
    func target(of token: String, at now: Timestamp) -> (part: MediaPart, media: ID<Media>)? {
        guard let bytes = Base64URL.decode(token), bytes.count == Self.nameBytes + 32,
            ring.recognises(bytes[Self.nameBytes...], of: bytes[..<Self.nameBytes]),
            Self.number(bytes[16..<24]) > now.milliseconds
        else { return nil }
        let media = ID<Media>(bytes[..<16].withUnsafeBytes { UUID(bytes: $0) })
        switch bytes[24] {
        case 0: return (.content, media)
        case let form: return (.thumbnail(Int(Self.number(bytes[25..<27])), form == 1 ? .webp : .jpeg), media)
        }
    }

    /// Of one length, so that no two names are alike.
    private static func name(_ part: MediaPart, _ media: ID<Media>, until end: Int64) -> [UInt8] {
        let (form, size): (UInt8, Int) =
            switch part {
            case .content: (0, 0)
            case .thumbnail(let size, .webp): (1, size)
            case .thumbnail(let size, .jpeg): (2, size)
            }
        return media.uuid.byteArray + bytes(of: end, count: 8) + [form] + bytes(of: Int64(size), count: 2)
    }

    private static func bytes(of number: Int64, count: Int) -> [UInt8] {
        (0..<count).reversed().map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> Int64 { bytes.reduce(0) { $0 << 8 | Int64($1) } }
}

extension MediaLibrary {
    /// What a link names. Whoever made it has seen to it that it came to somebody who may read the file.
    package func content(linkedBy token: String) async throws -> MediaContent {
        guard let target = links?.target(of: token, at: now),
            let found = try await Media.anyone(target.media, on: database)
        else { throw Self.unknown }
        return try await content(target.part, of: found)
    }
}
