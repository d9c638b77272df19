import Runtime
import TestSupport

@testable import Queue

/// What does not belong into a queue: nothing, single bytes, headers without a job, jobs that were cut, other versions,
/// texts that are none, and what looks like an envelope and says what cannot be.
enum Rubbish {
    static func some(_ seed: inout Seed, _ whole: () throws -> Envelope) rethrows -> [[UInt8]] {
        var all: [[UInt8]] = [[], [0], [1], Array("garbage".utf8), Array(repeating: 1, count: 26)]
        for _ in 0..<20 {
            let bytes = try whole().encoded
            all.append(Array(bytes.prefix(.random(in: 1..<bytes.count - 1, using: &seed))))
        }
        for _ in 0..<20 { all.append(noise(1...80, &seed)) }
        for claims in UInt8(0)..<16 {
            var half = Array(try whole().encoded.prefix(27))
            half[20] = claims
            all.append(half)
        }
        return all
    }

    /// Can be read, and has a kind that no worker knows, or none that is a text.
    static func strangers(_ seed: inout Seed, _ whole: () throws -> Envelope) rethrows -> [[UInt8]] {
        var all: [[UInt8]] = []
        for kind in ["no.such.kind", "a\u{0}b", "\u{0}"] {
            var envelope = try whole()
            envelope.kind = kind
            envelope.options.errors = [JobFailure(at: .now, attempt: 1, type: "a\u{0}b", message: "c\u{0}d")]
            all.append(envelope.encoded)
        }
        for _ in 0..<10 {
            var envelope = try whole()
            envelope.kind = "?????"
            let marker = Array("?????".utf8)
            var bytes = envelope.encoded
            let place = bytes.indices.first { bytes[$0...].starts(with: marker) } ?? 0
            bytes.replaceSubrange(place..<place + marker.count, with: noise(5...5, &seed))
            all.append(bytes)
        }
        for _ in 0..<10 {
            var envelope = try whole()
            envelope.kind = "no.such.kind"
            envelope.payload = []
            let options = noise(1...60, &seed)
            var bytes = envelope.encoded
            bytes[21] |= 128
            all.append(bytes + [0, UInt8(options.count)] + options)
        }
        return all
    }

    static func noise(_ count: ClosedRange<Int>, _ seed: inout Seed) -> [UInt8] {
        (0..<Int.random(in: count, using: &seed)).map { _ in UInt8(truncatingIfNeeded: seed.next()) }
    }
}
