import APIFrame
import HTTP
import JSON
import Model
import Runtime

/// What messages have besides their text, each type its own.
struct MessageMetadata: RouteInput {
    let language: String?
    let latitude: Double?
    let longitude: Double?
    let seconds: Int?
    let phone: String?
    let email: String?
    let options: [String]?
    let isMultiple: Bool?
    let isAnonymous: Bool?
    let closesAt: Timestamp?
    let provider: String?
    let id: String?
    let url: String?
    let width: Int?
    let height: Int?
    let pack: String?
    let name: String?

    static let longestQuestion = 300
    static let description = """
        Code: `language`. Location: `latitude` and `longitude`; a live one `seconds` (60 to 28800) too. Contact: `phone` and \
        `email`, one of them at least. Poll: `options`, and if wanted `multiple`, `anonymous`, `closesAt`. GIF: what the \
        search for GIFs answers. Sticker: `pack` and `name`.
        """

    init(from input: inout InputReader) {
        language = input.readIfPresent("language", .line(1...40))
        latitude = input.readIfPresent("latitude", .number(-90...90))
        longitude = input.readIfPresent("longitude", .number(-180...180))
        seconds = input.readIfPresent("seconds", .integer(60...28800))
        phone = input.readIfPresent("phone", .line(3...40))
        email = input.readIfPresent("email", .email)
        options = input.readIfPresent("options", .list(ofDifferent: .line(1...100), 2...12))
        isMultiple = input.readIfPresent("multiple", .bool)
        isAnonymous = input.readIfPresent("anonymous", .bool)
        closesAt = input.readIfPresent("closesAt", .timestamp)
        provider = input.readIfPresent("provider", .line(1...40))
        id = input.readIfPresent("id", .line(1...100))
        url = input.readIfPresent("url", .webAddress)
        width = input.readIfPresent("width", .integer(1...10_000))
        height = input.readIfPresent("height", .integer(1...10_000))
        pack = input.readIfPresent("pack", .line(1...64))
        name = input.readIfPresent("name", .line(1...64))
    }

    var place: (Double, Double)? {
        guard let latitude, let longitude else { return nil }
        return (latitude, longitude)
    }

    var ways: (phone: String?, email: String?)? { phone == nil && email == nil ? nil : (phone, email) }

    var picture: MessageContent.Picture? {
        guard let provider, let id, let url, let width, let height else { return nil }
        return MessageContent.Picture(provider: provider, id: id, url: url, width: width, height: height)
    }

    var sticker: (pack: String, name: String)? {
        guard let pack, let name else { return nil }
        return (pack, name)
    }
}

extension Schema where Value == String {
    /// An address that browsers open: of `https` alone.
    static let webAddress = Schema<String>.text(1...2000).mapped(
        .string(9...2000, format: "uri", pattern: "^https://"), placeholder: ""
    ) { text throws(Unfit) in
        guard text.hasPrefix("https://"), let url = HTTPURL(text), !url.host.isEmpty else {
            throw Unfit(.badFormat, "not an address of https")
        }
        return text
    }
}
