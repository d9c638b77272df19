import Runtime
import TestSupport
import Testing

@testable import Model

/// Links to files on a host of their own.
struct MediaLinkTests {
    private let links: MediaLinks
    private let media = ID<Media>.new()

    init() throws {
        var reader = ConfigReader(["ENCRYPTION_KEY": String(repeating: "k", count: 43) + "="])
        links = MediaLinks(MasterKeys(from: &reader), address: "https://files.example.org/files")
    }

    private func token(_ part: MediaPart, at now: Timestamp) throws -> String {
        let link = links.link(to: part, of: media, at: now)
        #expect(link.hasPrefix("https://files.example.org/files/"))
        return try #require(link.split(separator: "/").last.map(String.init))
    }

    @Test(arguments: [MediaPart.content, .thumbnail(64, .webp), .thumbnail(1080, .jpeg)])
    func `a link names what it was made for, for some minutes`(part: MediaPart) throws {
        let now = Timestamp.now
        let token = try token(part, at: now)
        let target = try #require(links.target(of: token, at: now + .minutes(5)))
        #expect(target.part == part && target.media == media)
        #expect(links.target(of: token, at: now + .minutes(10)) == nil)
    }

    @Test func `nothing that was changed, cut or made for something else is a link`() throws {
        let now = Timestamp.now
        let token = try token(.content, at: now)
        for place in token.indices {
            var other = token
            other.replaceSubrange(place...place, with: token[place] == "A" ? "B" : "A")
            #expect(links.target(of: other, at: now) == nil || other.utf8.last != token.utf8.last)
        }
        for other in ["", "A", String(token.dropLast(4)), token + "AAAA", String(repeating: "A", count: token.count)] {
            #expect(links.target(of: other, at: now) == nil)
        }
    }
}
