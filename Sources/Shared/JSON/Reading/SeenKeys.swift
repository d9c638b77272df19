/// The keys of one object so far, to refuse a repeated one. A few need no memory of their own; many go into a table
/// whose hash no sender can foresee, so that no document makes this slow.
struct SeenKeys {
    private static let few = 16

    private(set) var count = 0
    /// One bit per key, chosen by its hash: a key whose bit is free is new.
    private var filter: UInt64 = 0
    /// Hash in the upper half, offset of the key's first byte in the lower.
    private var slots = InlineArray<16, UInt64>(repeating: 0)
    /// Open addressing once there are more than a few; 0 is a free place.
    private var table: [UInt64] = []

    var isEmpty: Bool { count == 0 }

    /// Whether the key is new.
    mutating func insert(_ key: JSONReader.StringToken, in bytes: UnsafeRawBufferPointer) -> Bool {
        if count >= Self.few { return insertIntoTable(key, in: bytes) }
        let hash = Self.quickHash(key, in: bytes)
        let bit: UInt64 = 1 << UInt64(hash & 63)
        if filter & bit != 0 {
            for index in 0..<count where slots[index] >> 32 == UInt64(hash) {
                if Self.isSame(key, at: Int(slots[index] & 0xFFFF_FFFF), in: bytes) { return false }
            }
        }
        filter |= bit
        slots[count] = UInt64(hash) << 32 | UInt64(key.start)
        count += 1
        return true
    }

    // MARK: Many keys

    @inline(never)
    private mutating func insertIntoTable(_ key: JSONReader.StringToken, in bytes: UnsafeRawBufferPointer) -> Bool {
        if table.isEmpty { moveIntoTable(bytes) }
        if count * 2 >= table.count { enlarge(to: table.count * 2) }
        let hash = Self.seededHash(key, in: bytes)
        var place = Int(hash) & (table.count - 1)
        while table[place] != 0 {
            if table[place] >> 32 == UInt64(hash), Self.isSame(key, at: Int(table[place] & 0xFFFF_FFFF), in: bytes) {
                return false
            }
            place = (place + 1) & (table.count - 1)
        }
        table[place] = UInt64(hash) << 32 | UInt64(key.start)
        count += 1
        return true
    }

    private mutating func moveIntoTable(_ bytes: UnsafeRawBufferPointer) {
        table = [UInt64](repeating: 0, count: Self.few * 4)
        for index in 0..<count {
            let key = Self.token(at: Int(slots[index] & 0xFFFF_FFFF), in: bytes)
            place(UInt64(Self.seededHash(key, in: bytes)) << 32 | UInt64(key.start))
        }
    }

    private mutating func enlarge(to size: Int) {
        let old = table
        table = [UInt64](repeating: 0, count: size)
        for entry in old where entry != 0 { place(entry) }
    }

    private mutating func place(_ entry: UInt64) {
        var place = Int(entry >> 32) & (table.count - 1)
        while table[place] != 0 { place = (place + 1) & (table.count - 1) }
        table[place] = entry
    }

    // MARK: Hashes and comparison, always of the text without escapes

    private static func withText<R>(
        _ key: JSONReader.StringToken, in bytes: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> R
    ) -> R {
        let raw = UnsafeRawBufferPointer(rebasing: bytes[key.range])
        guard key.isEscaped else { return body(raw) }
        return withUnsafeTemporaryAllocation(byteCount: raw.count, alignment: 1) { target in
            let count = JSONText.decode(raw, into: target)
            return body(UnsafeRawBufferPointer(rebasing: target[..<count]))
        }
    }

    /// Length, first and last bytes, well mixed: poor against malice, but only used where that cannot hurt.
    private static func quickHash(_ key: JSONReader.StringToken, in bytes: UnsafeRawBufferPointer) -> UInt32 {
        withText(key, in: bytes) { text in
            var mixed = UInt64(text.count)
            if let base = text.baseAddress, text.count >= 8 {
                mixed ^= Words.load(base, 0) ^ (Words.load(base, text.count - 8) &* 0x9E37_79B9_7F4A_7C15)
            } else {
                for byte in text { mixed = mixed << 8 | UInt64(byte) }
            }
            return UInt32(truncatingIfNeeded: (mixed &* 0xD6E8_FEB8_6659_FD93) >> 32)
        }
    }

    /// Swift's hash, which is seeded anew in each process.
    private static func seededHash(_ key: JSONReader.StringToken, in bytes: UnsafeRawBufferPointer) -> UInt32 {
        withText(key, in: bytes) { text in
            var hasher = Hasher()
            hasher.combine(bytes: text)
            return UInt32(truncatingIfNeeded: hasher.finalize())
        }
    }

    private static func isSame(
        _ key: JSONReader.StringToken, at offset: Int, in bytes: UnsafeRawBufferPointer
    ) -> Bool {
        withText(key, in: bytes) { one in
            withText(token(at: offset, in: bytes), in: bytes) { other in
                sameBytes(one, other)
            }
        }
    }

    /// The key that begins at `offset`; it was checked when it was first read.
    private static func token(at offset: Int, in bytes: UnsafeRawBufferPointer) -> JSONReader.StringToken {
        var token = JSONReader.StringToken(start: offset, count: 0, isEscaped: false)
        while bytes[offset + token.count] != UInt8(ascii: "\"") {
            let isEscape = bytes[offset + token.count] == UInt8(ascii: "\\")
            token.isEscaped = token.isEscaped || isEscape
            token.count += isEscape ? 2 : 1
        }
        return token
    }
}
