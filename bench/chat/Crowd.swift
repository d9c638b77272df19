import BenchSupport
import Runtime

/// The people of a load test and their groups, as `yardctl demo --tokens` has written them down.
struct Crowd {
    struct Person {
        let user: String
        fileprivate let token: String
        let group: Int
        /// The place in the group.
        let seat: Int
        /// The request that opens a WebSocket.
        let opening: [UInt8]
        /// The head of a request that posts a message.
        let posting: [UInt8]
    }

    let people: [Person]
    let groupSize: Int
    var groups: Int { people.count / groupSize }

    init(file: String, groupSize: Int) throws {
        self.groupSize = groupSize
        let lines = try TextFile.read(file, limit: 1 << 26).split(separator: "\n")
        people = try lines.enumerated().map { place, line in
            let fields = line.split(separator: "\t")
            let first = lines[place - place % groupSize]
            guard fields.count == 3, first.hasSuffix(fields[2]) else {
                throw Program.Failed(description: "line \(place + 1) of \(file) is not of a group of \(groupSize)")
            }
            return Person(
                user: String(fields[1]), token: String(fields[0]), group: place / groupSize, seat: place % groupSize,
                opening: Self.opening(fields[0]),
                posting: Self.posting(fields[0], fields[2]))
        }
    }

    private init(_ people: [Person], groupSize: Int) {
        self.people = people
        self.groupSize = groupSize
    }

    /// Of the first so many.
    func first(_ count: Int) -> Crowd { Crowd(Array(people.prefix(count)), groupSize: groupSize) }

    fileprivate static func opening(_ token: some StringProtocol) -> [UInt8] {
        Array(
            """
            GET /api/v1/realtime HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer \(token)\r\nConnection: Upgrade\r\n\
            Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
            Sec-WebSocket-Protocol: switchyard.v1\r\n\r\n
            """.utf8)
    }

    fileprivate static func posting(_ token: some StringProtocol, _ conversation: some StringProtocol) -> [UInt8] {
        Array(
            """
            POST /api/v1/conversations/\(conversation)/messages HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer \(token)\r\n\
            Content-Type: application/json\r\nContent-Length: \(MessageText.bodyBytes)\r\n\r\n
            """.utf8)
    }
}

extension Crowd.Person {
    /// The same, who posts elsewhere than in the group.
    func posting(in conversation: String) -> Crowd.Person {
        Crowd.Person(
            user: user, token: token, group: group, seat: seat, opening: opening,
            posting: Crowd.posting(token, conversation))
    }
}
