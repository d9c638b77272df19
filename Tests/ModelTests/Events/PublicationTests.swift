import JSON
import Runtime
import TestSupport
import Testing

@testable import Model

/// What goes through Redis, and what lies in a job, comes out as it went in.
struct PublicationTests {
    private let deliveries = [
        Delivery(.new(), rev: 7, to: .people([.new(), .new()]), passed: [.new()], [UInt8](#"{"type":"x"}"#.utf8)),
        Delivery(.new(), rev: 1, to: .followers(audience: 3, seq: 9, keptFrom: [.new()]), []),
        Delivery(nil, to: .people([]), [1, 2, 3], isDroppable: true, watched: .new()),
    ]

    private func decode(_ bytes: [UInt8]) -> [Delivery]? { bytes.withUnsafeBytes { Publication.decode($0) } }

    @Test func `deliveries come out as they went in`() throws {
        let publications = Publication.encode(deliveries)
        #expect(publications.count == 1)
        #expect(decode(try #require(publications.first)) == deliveries)
        #expect(Publication.encode([]).isEmpty)
    }

    @Test func `many are spread over several publications, in order`() {
        let large = (1...20).map {
            Delivery(.new(), rev: Int64($0), to: .people([]), [UInt8](repeating: 65, count: 20_000))
        }
        let publications = Publication.encode(large)
        #expect(publications.count > 1)
        #expect(publications.compactMap(decode).flatMap { $0 } == large)
    }

    @Test func `what is cut off or garbled is refused, and never read past its end`() throws {
        let whole = try #require(Publication.encode(deliveries).first)
        for end in 1..<whole.count { _ = decode(Array(whole[..<end])) }
        #expect(decode(Array(whole.dropLast())) == nil)
        #expect(decode([]) == nil && decode([9] + whole.dropFirst()) == nil)
        var random = Seed()
        for _ in 0..<5000 {
            var garbled = whole
            garbled[Int.random(in: garbled.indices, using: &random)] = .random(in: 0...255, using: &random)
            _ = decode(garbled)
        }
    }

    @Test func `an event comes out of its job as it went in`() throws {
        var event = ConversationEvent(.new(), rev: 4, audience: 2)
        event.seq = 3
        event.keptFrom = [.new()]
        event.frame = [UInt8](#"{"type":"message.created","data":{"content":"\u00e9"}}"#.utf8)
        let bare = ConversationEvent(.new(), rev: 5, audience: 2)
        var reacted = bare
        reacted.deed = ReactionDeed(user: .new(), emoji: "👍", isThere: true)
        let job = TellMembers([event, bare, reacted])
        #expect(try JSONCoder.decode(TellMembers.self, from: try JSONCoder.encode(job)) == job)
    }
}
