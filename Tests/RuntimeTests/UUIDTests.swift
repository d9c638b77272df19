import Runtime
import Testing

@Suite struct UUIDTests {
    typealias UUID = Runtime.UUID

    @Test func `version and variant are those of version 7`() {
        let text = Array(UUID.v7().description)
        #expect(text.count == 36)
        #expect(text[14] == "7")
        #expect("89ab".contains(text[19]))
    }

    @Test func `it knows when it was made`() {
        let time = Timestamp(milliseconds: 1_795_226_820_123)
        #expect(UUID.v7(at: time).time == time)
    }

    @Test func `later ones sort after earlier ones, as values, texts and bytes`() {
        let ids = (0..<200).map { UUID.v7(at: Timestamp(milliseconds: 1_795_226_820_000 + Int64($0) * 7)) }
        #expect(ids == ids.sorted())
        #expect(ids.map(\.description) == ids.map(\.description).sorted())
        #expect(zip(ids, ids.dropFirst()).allSatisfy { bytes(of: $0).lexicographicallyPrecedes(bytes(of: $1)) })
    }

    @Test func `ten thousand of one moment all differ`() {
        let time = Timestamp.now
        #expect(Set((0..<10_000).map { _ in UUID.v7(at: time) }).count == 10_000)
    }

    @Test func `ids of one process are in the order in which they were made, also within a millisecond`() async {
        let ids = (0..<20_000).map { _ in UUID.v7() }
        #expect(ids == ids.sorted() && Set(ids).count == ids.count)
        let many = UUID.v7(count: 10_000) + [UUID.v7()] + UUID.v7(count: 3)
        #expect(many == many.sorted() && Set(many).count == 10_004 && ids[19_999] < many[0])
        #expect(UUID.v7(count: 0).isEmpty)
        let ofTasks = await withTaskGroup(of: [UUID].self) { group in
            for _ in 0..<4 { group.addTask { (0..<5000).map { _ in UUID.v7() } } }
            return await group.reduce(into: [[UUID]]()) { $0.append($1) }
        }
        #expect(ofTasks.allSatisfy { $0 == $0.sorted() })
        #expect(Set(ofTasks.joined()).count == 20_000)
    }

    @Test func `order looks at the upper half first`() {
        #expect(UUID(high: 1, low: 9) < UUID(high: 2, low: 0))
        #expect(UUID(high: 1, low: 1) < UUID(high: 1, low: 2))
        #expect(!(UUID(high: 1, low: 1) < UUID(high: 1, low: 1)))
        #expect(UUID(high: 1, low: 0) < UUID(high: 1 << 63, low: 0))
    }

    @Test func `text and bytes are the same number`() throws {
        let id = try #require(UUID("00112233-4455-6677-8899-AABBCCDDEEFF"))
        #expect(id.high == 0x0011_2233_4455_6677)
        #expect(id.low == 0x8899_AABB_CCDD_EEFF)
        #expect(id.description == "00112233-4455-6677-8899-aabbccddeeff")
        let array: [UInt8] = bytes(of: id)
        #expect(array[0...3] == [0, 0x11, 0x22, 0x33])
        #expect(array.withUnsafeBytes { UUID(bytes: $0) } == id)
    }

    @Test(arguments: [
        "", "00112233445566778899aabbccddeeff", "00112233-4455-6677-8899-aabbccddeef",
        "00112233-4455-6677-8899-aabbccddeeff0", "0011223-34455-6677-8899-aabbccddeeff",
        "00112233-4455-6677-8899-aabbccddeefg", "{0112233-4455-6677-8899-aabbccddeef}",
        "00112233-4455-6677-8899+aabbccddeeff", "٠٠112233-4455-6677-8899-aabbccddee",
    ])
    func `what is not a UUID is refused`(text: String) {
        #expect(UUID(text) == nil)
    }

    @Test func `an id is of one kind of thing`() throws {
        enum Message {}
        let id = ID<Message>.new()
        #expect(ID<Message>(id.description) == id)
        #expect(ID<Message>("nonsense") == nil)
        #expect(ID<Message>(UUID.v7(at: Timestamp(seconds: 1))) < id)
    }

    private func bytes(of id: UUID) -> [UInt8] {
        (0..<16).map { UInt8(truncatingIfNeeded: ($0 < 8 ? id.high : id.low) >> UInt64(56 - $0 % 8 * 8)) }
    }
}
