import JSON
import Runtime

/// What a message says, in the form of its type. The text is kept as it was written; markdown is for whoever shows it.
package enum MessageContent: Sendable, Equatable {
    case text(String)
    case code(String, language: String?)
    case location(latitude: Double, longitude: Double, name: String?)
    /// A place that its sender moves, for so long.
    case liveLocation(latitude: Double, longitude: Double, lasting: Duration)
    case contact(name: String, phone: String?, email: String?)
    case poll(Poll)
    case gif(Picture, title: String)
    case sticker(pack: String, name: String, emoji: String?)
    /// Files, with what is said of them.
    case files(FileMessage)
    /// What another message says.
    case copy(kind: String, text: String, metadata: JSONValue?)

    /// A question with its possible answers.
    package struct Poll: Sendable, Equatable {
        let question: String
        let options: [String]
        let isMultiple: Bool
        let isAnonymous: Bool
        let closesAt: Timestamp?

        package init(
            _ question: String, options: [String], isMultiple: Bool = false, isAnonymous: Bool = false,
            closesAt: Timestamp? = nil
        ) {
            self.question = question
            self.options = options
            self.isMultiple = isMultiple
            self.isAnonymous = isAnonymous
            self.closesAt = closesAt
        }
    }

    /// One of a provider's.
    package struct Picture: Sendable, Equatable {
        let provider: String
        let id: String
        let url: String
        let width: Int
        let height: Int

        package init(provider: String, id: String, url: String, width: Int, height: Int) {
            self.provider = provider
            self.id = id
            self.url = url
            self.width = width
            self.height = height
        }
    }

    package var kind: String {
        switch self {
        case .text: "text"
        case .code: "code"
        case .location: "location"
        case .liveLocation: "live_location"
        case .contact: "contact"
        case .poll: "poll"
        case .gif: "gif"
        case .sticker: "sticker"
        case .files(let message): message.kind.rawValue
        case .copy(let kind, _, _): kind
        }
    }

    /// What is searched and shown where there is room for a line.
    package var text: String {
        switch self {
        case .text(let text), .code(let text, _), .gif(_, let text), .copy(_, let text, _): text
        case .location(_, _, let name): name ?? ""
        case .liveLocation: ""
        case .contact(let name, _, _): name
        case .poll(let poll): poll.question
        case .sticker(_, _, let emoji): emoji ?? ""
        case .files(let message): message.caption
        }
    }

    /// What the type has besides.
    package var metadata: JSONValue? {
        switch self {
        case .text: nil
        case .code(_, let language): language.map { .object(["language": .string($0)]) }
        case .location(let latitude, let longitude, _):
            .object(["latitude": .init(latitude), "longitude": .init(longitude)])
        case .liveLocation(let latitude, let longitude, let span):
            .object([
                "latitude": .init(latitude), "longitude": .init(longitude), "seconds": .number(span.components.seconds),
            ])
        case .contact(_, let phone, let email): .object(["phone": .init(phone), "email": .init(email)])
        case .poll(let poll):
            .object([
                "options": .array(poll.options.map { .string($0) }), "multiple": .bool(poll.isMultiple),
                "anonymous": .bool(poll.isAnonymous), "closesAt": .init(poll.closesAt?.rfc3339),
            ])
        case .gif(let picture, _):
            .object([
                "provider": .string(picture.provider), "id": .string(picture.id), "url": .string(picture.url),
                "width": .number(picture.width), "height": .number(picture.height),
            ])
        case .sticker(let pack, let name, _): .object(["pack": .string(pack), "name": .string(name)])
        case .files(let message):
            .object(["attachments": .array(message.media.map { .string("\($0)") })])
        case .copy(_, _, let metadata): metadata
        }
    }
}

extension JSONValue {
    init(_ number: Double) { self = JSONNumber(number).map { .number($0) } ?? .null }

    init(_ text: String?) { self = text.map { .string($0) } ?? .null }
}
