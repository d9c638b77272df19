import APIFrame
import HTTP
import JSON
import Model
import Runtime

/// What somebody sends; which members it has besides depends on the type.
struct MessageInput: RouteInput {
    enum Kind: String, Sendable, CaseIterable {
        case text, code, location, contact, poll, gif, sticker, image, album, video, audio, file
        case liveLocation = "live_location"
    }

    let conversation: ID<Conversation>
    let kind: Kind
    let content: String
    let metadata: MessageMetadata?
    let attachments: [ID<Media>]?
    let clientID: String?
    let replyTo: ID<Message>?
    let threadRoot: ID<Message>?
    let lifetime: Duration?
    let sendAt: Timestamp?

    init(from input: inout InputReader) {
        conversation = input.path("id", .id())
        kind = input.read("type", .choice(), default: .text)
        content = input.read(
            "content",
            .text(0...Message.longestContent).described(
                "Of a text its markdown, of code the code, of a location or a contact the name, of a poll the question."
            ),
            default: "")
        metadata = input.readIfPresent("metadata", .object(MessageMetadata.self).described(MessageMetadata.description))
        attachments = input.readIfPresent(
            "attachments",
            .list(ofDifferent: .id(of: Media.self), 1...FileMessage.mostFiles).described(
                "Ids of files: one of an image, a video, an audio message, 2 to 10 images and videos of an album, up to 10 of a file message."
            ))
        let key = input.headerIfPresent("Idempotency-Key", .text(1...64))
        clientID = input.readIfPresent("clientId", .text(1...64)) ?? key
        replyTo = input.readIfPresent("replyToId", .id())
        threadRoot = input.readIfPresent("threadRootId", .id())
        let seconds: Int64? = input.readIfPresent(
            "expiresIn",
            .integer(NewMessage.shortestLife.components.seconds...NewMessage.longestLife.components.seconds).described(
                "Seconds after which the message deletes itself."))
        lifetime = seconds.map { .seconds($0) }
        sendAt = input.readIfPresent("sendAt", .timestamp.described("When it is sent; without it, now."))
    }

    func message(by sender: ID<User>) throws(Problem) -> NewMessage {
        NewMessage(
            in: conversation, by: sender, try said, clientID: clientID, replyTo: replyTo, threadRoot: threadRoot,
            lifetime: lifetime)
    }

    private var isBlank: Bool { content.allSatisfy(\.isWhitespace) }

    private var said: MessageContent {
        get throws(Problem) {
            guard let kind = FileMessage.Kind(rawValue: kind.rawValue) else {
                if attachments != nil { throw .invalid("attachments", .invalid, "belong to no message of this type") }
                return try withoutFiles
            }
            guard let attachments else { throw .invalid("attachments", .missing, "are missing") }
            return .files(FileMessage(kind, attachments, caption: content))
        }
    }

    private var withoutFiles: MessageContent {
        get throws(Problem) {
            switch kind {
            case .text, .code, .contact, .poll:
                if isBlank { throw .invalid("content", .tooShort, "must say something") }
            default: break
            }
            switch kind {
            // Of the types with files nothing comes here.
            case .text, .image, .album, .video, .audio, .file: return .text(content)
            case .code: return .code(content, language: metadata?.language)
            case .location:
                let place = try metadata.demand("metadata", "needs latitude and longitude") { $0.place }
                return .location(latitude: place.0, longitude: place.1, name: isBlank ? nil : content)
            case .liveLocation:
                let place = try metadata.demand("metadata", "needs latitude and longitude") { $0.place }
                let seconds = try metadata.demand("metadata.seconds", "is missing") { $0.seconds }
                return .liveLocation(latitude: place.0, longitude: place.1, lasting: .seconds(seconds))
            case .contact:
                let ways = try metadata.demand("metadata", "needs phone or email") { $0.ways }
                return .contact(name: content, phone: ways.phone, email: ways.email)
            case .poll: return .poll(try poll)
            case .gif:
                return .gif(
                    try metadata.demand("metadata", "needs provider, id, url, width and height") { $0.picture },
                    title: content)
            case .sticker:
                let sticker = try metadata.demand("metadata", "needs pack and name") { $0.sticker }
                return .sticker(pack: sticker.pack, name: sticker.name, emoji: isBlank ? nil : content)
            }
        }
    }

    private var poll: MessageContent.Poll {
        get throws(Problem) {
            let options = try metadata.demand("metadata.options", "are missing") { $0.options }
            guard content.unicodeScalars.count <= MessageMetadata.longestQuestion else {
                throw .invalid("content", .tooLong, "at most \(MessageMetadata.longestQuestion) characters")
            }
            return MessageContent.Poll(
                content, options: options, isMultiple: metadata?.isMultiple ?? false,
                isAnonymous: metadata?.isAnonymous ?? false, closesAt: metadata?.closesAt)
        }
    }
}

extension MessageInput.Kind: SchemaBearing {}

extension MessageMetadata? {
    /// A part that the type needs.
    fileprivate func demand<Part>(
        _ field: String, _ message: String, _ part: (MessageMetadata) -> Part?
    ) throws(Problem) -> Part {
        guard let found = flatMap(part) else { throw .invalid(field, .missing, message) }
        return found
    }
}
