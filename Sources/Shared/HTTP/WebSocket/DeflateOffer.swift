/// An offer of permessage-deflate that we can keep (RFC 7692, section 7.1).
struct DeflateOffer {
    private let namesServerWindow: Bool

    /// The first of the client's offers that suits us; nil when none does.
    init?(_ fields: [String]) {
        for offer in fields.flatMap({ $0.split(separator: ",") }) {
            guard let accepted = DeflateOffer(offer) else { continue }
            self = accepted
            return
        }
        return nil
    }

    private init?(_ offer: Substring) {
        let parts = offer.split(separator: ";", omittingEmptySubsequences: false).map(\.trimmed)
        guard parts.first == "permessage-deflate" else { return nil }
        var seen: Set<Substring> = []
        for part in parts.dropFirst() {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(\.trimmed)
            guard seen.insert(pair[0]).inserted, Self.suits(pair[0], pair.count > 1 ? pair[1] : nil) else {
                return nil
            }
        }
        namesServerWindow = seen.contains("server_max_window_bits")
    }

    /// Whether we can live with one parameter; one that we do not know spoils the offer.
    private static func suits(_ name: Substring, _ value: Substring?) -> Bool {
        switch name {
        case "server_no_context_takeover", "client_no_context_takeover": value == nil
        case "client_max_window_bits": value == nil || windowBits(value) != nil
        // All sockets share what was compressed once, so nobody gets a smaller window than the others.
        case "server_max_window_bits": (windowBits(value) ?? 0) >= Deflater.windowBits
        default: false
        }
    }

    private static func windowBits(_ value: Substring?) -> Int32? {
        guard var value else { return nil }
        if value.count > 1, value.first == "\"", value.last == "\"" { value = value.dropFirst().dropLast() }
        guard value.first != "0", value.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let bits = Int32(value),
            (8...15).contains(bits)
        else { return nil }
        return bits
    }

    var answer: String {
        let window = namesServerWindow ? "; server_max_window_bits=\(Deflater.windowBits)" : ""
        return "permessage-deflate; server_no_context_takeover; client_no_context_takeover\(window)"
    }
}
