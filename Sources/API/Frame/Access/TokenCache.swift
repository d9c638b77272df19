import Runtime
import Synchronization

/// The access tokens that one loop has verified lately, by the end of their signature: nobody can put anything under it
/// whose signature is not right, and a look-up is one comparison.
struct TokenCache {
    private struct Entry {
        let text: String
        let token: AccessToken
    }

    private static let most = 8192

    private var entries: [Entry?] = Array(repeating: nil, count: 64)
    private var count = 0

    func token(_ text: Substring) -> AccessToken? {
        guard let entry = entries[place(of: text)], entry.text == text else { return nil }
        return entry.token
    }

    mutating func keep(_ text: String, _ token: AccessToken) {
        if count * 2 > entries.count, entries.count < Self.most { grow() }
        let place = place(of: text)
        if entries[place] == nil { count += 1 }
        entries[place] = Entry(text: text, token: token)
    }

    private mutating func grow() {
        let old = entries
        entries = Array(repeating: nil, count: old.count * 4)
        count = 0
        for case let entry? in old {
            let place = place(of: entry.text)
            if entries[place] == nil { count += 1 }
            entries[place] = entry
        }
    }

    /// Where the last eight characters point to.
    private func place(of text: some StringProtocol) -> Int {
        var tail: UInt64 = 0
        for byte in text.utf8.suffix(8) { tail = tail << 8 | UInt64(byte) }
        return Int(truncatingIfNeeded: (tail &* 0x9E37_79B9_7F4A_7C15) >> 40) & (entries.count - 1)
    }
}

/// How often one loop has looked, and found. Its own, so that counting costs a request next to nothing.
final class CacheLooks: Sendable {
    private let hits = Atomic<UInt64>(0)
    private let misses = Atomic<UInt64>(0)

    func count(isHit: Bool) {
        if isHit { hits.wrappingAdd(1, ordering: .relaxed) } else { misses.wrappingAdd(1, ordering: .relaxed) }
    }

    struct Sum {
        private var hits: UInt64 = 0
        private var misses: UInt64 = 0

        mutating func add(_ looks: CacheLooks) {
            hits += looks.hits.load(ordering: .relaxed)
            misses += looks.misses.load(ordering: .relaxed)
        }

        var counts: RecentShare.Counts { RecentShare.Counts(part: hits, whole: hits + misses) }
    }
}
