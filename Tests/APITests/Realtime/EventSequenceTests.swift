import Model
import Runtime
import TestSupport
import Testing

@testable import APIRoutes

/// In which order events go out, in whatever order they come.
struct EventSequenceTests {
    private let conversation = ID<Conversation>.new()
    private let start = MonotonicTime(nanoseconds: 1_000_000_000)

    private func event(_ rev: Int64, in other: ID<Conversation>? = nil) -> Delivery {
        Delivery(other ?? conversation, rev: rev, to: .people([.new()]), [UInt8]("\(rev)".utf8))
    }

    private func take(_ sequence: inout EventSequence, _ revs: [Int64], at time: MonotonicTime? = nil) -> [Int64] {
        var released: [Int64] = []
        for rev in revs { sequence.take(event(rev), at: time ?? start) { released.append($0.rev) } }
        return released
    }

    private func settle(_ sequence: inout EventSequence, at time: MonotonicTime) -> [Int64] {
        var released: [Int64] = []
        sequence.settle(at: time) { released.append($0.rev) }
        return released
    }

    @Test func `what comes first waits a little for what was told just before it`() {
        var sequence = EventSequence(at: start)
        #expect(take(&sequence, [7, 6, 9]) == [])
        #expect(settle(&sequence, at: start).isEmpty)
        #expect(sequence.isHolding)
        let settled = start + EventSequence.settling
        #expect(settle(&sequence, at: settled) == [6, 7])
        #expect(sequence.gaps(at: settled + EventSequence.patience).map(\.revs) == [8...8])
        #expect(take(&sequence, [8]) == [8, 9])
        #expect(!sequence.isHolding)
    }

    @Test func `whoever would have got what comes too late is told to sync`() {
        var sequence = EventSequence(at: start)
        _ = take(&sequence, [7])
        #expect(settle(&sequence, at: start + EventSequence.settling) == [7])
        let late = event(6)
        var released: [Delivery] = []
        sequence.take(late, at: start) { released.append($0) }
        #expect(released.map(\.recipients) == [late.recipients])
        #expect(released.map { String(decoding: $0.frame, as: UTF8.self) } == [#"{"type":"sync.required","data":{}}"#])
        #expect(take(&sequence, [7]) == [], "it went out, so nobody lacks it")
    }

    @Test func `what comes early waits, and what comes twice is dropped`() {
        var sequence = EventSequence(at: start)
        _ = take(&sequence, [5])
        #expect(settle(&sequence, at: start + EventSequence.settling) == [5])
        #expect(take(&sequence, [7, 8, 5, 7]) == [])
        #expect(sequence.isHolding)
        #expect(take(&sequence, [6]) == [6, 7, 8])
        #expect(!sequence.isHolding)
        #expect(take(&sequence, [9, 0, 9]) == [9, 0])
    }

    @Test func `any order of arrival becomes the order of the revs`() {
        var random = Seed()
        for _ in 0..<200 {
            var sequence = EventSequence(at: start)
            var arrivals: [Int64] = (2...40).flatMap { [$0, $0] }
            arrivals.shuffle(using: &random)
            #expect(take(&sequence, [1] + arrivals) == Array(1...40))
        }
    }

    @Test func `a gap is told after a while, once, and again if it is not filled`() {
        var sequence = EventSequence(at: start)
        _ = take(&sequence, [1, 4, 6])
        #expect(sequence.gaps(at: start + .milliseconds(100)).isEmpty)
        let late = start + EventSequence.patience
        #expect(sequence.gaps(at: late).map(\.revs) == [2...3])
        #expect(sequence.gaps(at: late).isEmpty)
        #expect(sequence.gaps(at: late + EventSequence.patience).map(\.revs) == [2...3])
        #expect(take(&sequence, [2, 3], at: late) == [2, 3, 4])
        #expect(sequence.isHolding)
    }

    @Test func `a gap that cannot be filled is passed over, and nothing older comes afterwards`() {
        var sequence = EventSequence(at: start)
        _ = take(&sequence, [1, 4])
        var released: [Int64] = []
        sequence.pass(conversation, through: 3, at: start) { released.append($0.rev) }
        #expect(released == [4])
        #expect(take(&sequence, [2, 3, 5]) == [5])
    }

    @Test func `the database's last rev makes a gap only where nothing has come since`() throws {
        var sequence = EventSequence(at: start)
        _ = take(&sequence, [1, 2])
        #expect(sequence.tails(at: start) == [conversation: 2])
        #expect(sequence.tails(at: start + .hours(1)).isEmpty)
        #expect(try #require(sequence.tail(conversation, was: 2, is: 4)).revs == 3...4)
        _ = take(&sequence, [3])
        #expect(sequence.tail(conversation, was: 2, is: 4) == nil)
    }

    @Test func `conversations do not wait for each other, and after a reset any rev may be the first`() {
        var sequence = EventSequence(at: start)
        _ = take(&sequence, [1, 3])
        var released: [Int64] = []
        sequence.take(event(1, in: .new()), at: start) { released.append($0.rev) }
        #expect(released == [1])
        sequence.reset()
        _ = take(&sequence, [2])
        #expect(settle(&sequence, at: start + EventSequence.settling) == [2])
    }
}
