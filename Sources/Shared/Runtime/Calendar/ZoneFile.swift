/// Reads the format of compiled zone files, TZif in versions 1 to 4.
struct ZoneFile {
    private var rest: ArraySlice<UInt8>

    /// Why a file is refused.
    struct Malformed: Error {
        let reason: String
        init(_ reason: String) { self.reason = reason }
    }

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    mutating func clock() throws(Malformed) -> ZoneClock {
        let first = try header()
        guard first.version > 1 else { return try clock(of: first, timeSize: 4) }
        // Newer files hold everything twice: first with times of 32 bits for readers of version 1.
        _ = try take(first.size(timeSize: 4))
        let second = try header()
        return try clock(of: second, timeSize: 8)
    }

    private struct Header {
        let version: UInt8
        let universalMarks, standardMarks, leapSeconds, transitions, offsets, letters: Int

        func size(timeSize: Int) -> Int {
            transitions * (timeSize + 1) + offsets * 6 + letters + leapSeconds * (timeSize + 4) + standardMarks
                + universalMarks
        }
    }

    private mutating func header() throws(Malformed) -> Header {
        guard try take(4).elementsEqual("TZif".utf8) else { throw Malformed("not a zone file") }
        let version = try take(16).first.map { $0 == 0 ? 1 : $0 &- UInt8(ascii: "0") } ?? 1
        return Header(
            version: version, universalMarks: try count(), standardMarks: try count(), leapSeconds: try count(),
            transitions: try count(), offsets: try count(), letters: try count())
    }

    private mutating func clock(of header: Header, timeSize: Int) throws(Malformed) -> ZoneClock {
        guard header.leapSeconds == 0 else { throw Malformed("it counts leap seconds, which our timestamps do not") }
        guard header.offsets > 0 else { throw Malformed("no offset") }
        let transitions = try times(header.transitions, size: timeSize)
        let indexes = try take(header.transitions).map { Int($0) }
        let offsets = try offsets(of: header)
        guard indexes.allSatisfy({ $0 < offsets.count }) else { throw Malformed("a transition to no offset") }
        _ = try take(header.standardMarks + header.universalMarks)
        return ZoneClock(
            earliest: offsets[0], transitions: transitions, offsets: indexes.map { offsets[$0] },
            rule: timeSize == 8 ? try rule() : nil)
    }

    /// Old files begin with the Big Bang, which no timestamp reaches.
    private static let earliestTime: Int64 = -8_000_000_000_000

    private mutating func times(_ count: Int, size: Int) throws(Malformed) -> [Int64] {
        var times: [Int64] = []
        for _ in 0..<count {
            let time = size == 4 ? Int64(Int32(truncatingIfNeeded: try number(4))) : try number(8)
            if let last = times.last, time <= last { throw Malformed("transitions out of order") }
            guard time < -Self.earliestTime else { throw Malformed("a transition beyond all time") }
            times.append(time)
        }
        return times.map { max($0, Self.earliestTime) }
    }

    private mutating func offsets(of header: Header) throws(Malformed) -> [ZoneOffset] {
        var read: [(seconds: Int, isDaylight: Bool, letter: Int)] = []
        for _ in 0..<header.offsets {
            let seconds = Int(Int32(truncatingIfNeeded: try number(4)))
            guard abs(seconds) < 26 * 3600 else { throw Malformed("an offset of more than a day") }
            read.append((seconds, try number(1) != 0, Int(try number(1))))
        }
        let letters = Array(try take(header.letters))
        return read.map { offset in
            let abbreviation = letters.dropFirst(offset.letter).prefix { $0 != 0 }
            return ZoneOffset(
                seconds: offset.seconds, isDaylight: offset.isDaylight,
                abbreviation: String(decoding: abbreviation, as: UTF8.self))
        }
    }

    /// The last line; an empty one means that nothing is known after the last transition.
    private mutating func rule() throws(Malformed) -> ZoneRule? {
        guard try number(1) == UInt8(ascii: "\n"), let end = rest.firstIndex(of: UInt8(ascii: "\n")) else {
            throw Malformed("no last line")
        }
        let text = String(decoding: rest[..<end], as: UTF8.self)
        if text.isEmpty { return nil }
        guard let rule = ZoneRule(text: text) else { throw Malformed("the rule `\(text)` is not understood") }
        return rule
    }

    private mutating func count() throws(Malformed) -> Int {
        let count = Int(try number(4))
        guard (0...rest.count).contains(count) else { throw Malformed("cut off") }
        return count
    }

    /// Big-endian; of 8 bytes with its sign, of fewer without.
    private mutating func number(_ size: Int) throws(Malformed) -> Int64 {
        try take(size).reduce(0) { $0 << 8 | Int64($1) }
    }

    private mutating func take(_ count: Int) throws(Malformed) -> ArraySlice<UInt8> {
        guard count <= rest.count else { throw Malformed("cut off") }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }
}
