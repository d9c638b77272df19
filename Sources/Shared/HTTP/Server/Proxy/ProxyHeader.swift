/// What a load balancer says of a connection before HTTP begins: the `PROXY` protocol, in its text and binary forms.
enum ProxyHeader: Equatable {
    /// This is something else.
    case absent
    case incomplete
    /// So many bytes long. Without an address the balancer speaks for itself, as it does to see whether we live.
    case found(length: Int, source: IPAddress?)

    private static let signature: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A]
    private static let word: [UInt8] = Array("PROXY ".utf8)
    /// Beyond it nothing of either form is sensible.
    private static let mostText = 107
    private static let mostBinary = 1024

    static func read(_ bytes: RawSpan) throws(Refusal) -> ProxyHeader {
        if let isWhole = bytes.begins(with: signature) { return isWhole ? try readBinary(bytes) : .incomplete }
        if let isWhole = bytes.begins(with: word) { return isWhole ? try readText(bytes) : .incomplete }
        return .absent
    }

    /// `PROXY TCP4 192.0.2.1 198.51.100.1 56324 443`.
    private static func readText(_ bytes: RawSpan) throws(Refusal) -> ProxyHeader {
        guard let end = try bytes.lineEnd(from: 0, to: min(bytes.byteCount, mostText)) else {
            if bytes.byteCount >= mostText { throw fault }
            return .incomplete
        }
        let text = bytes.extracting(word.count..<end).withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        if words.first == "UNKNOWN" { return .found(length: end + 2, source: nil) }
        guard words.count == 5, words[0] == "TCP4" || words[0] == "TCP6", let source = IPAddress(String(words[1])),
            IPAddress(String(words[2])) != nil, source.isIPv4 == (words[0] == "TCP4"), UInt16(words[3]) != nil,
            UInt16(words[4]) != nil
        else { throw fault }
        return .found(length: end + 2, source: source.unmapped)
    }

    private static func readBinary(_ bytes: RawSpan) throws(Refusal) -> ProxyHeader {
        guard bytes.byteCount >= 16 else { return .incomplete }
        let length = 16 + Int(bytes[14]) << 8 + Int(bytes[15])
        guard bytes[12] >> 4 == 2, bytes[12] & 15 <= 1, length <= mostBinary else { throw fault }
        guard bytes.byteCount >= length else { return .incomplete }
        // LOCAL, or a family that has no internet address.
        let size = bytes[12] & 15 == 0 ? 0 : bytes[13] >> 4 == 1 ? 4 : bytes[13] >> 4 == 2 ? 16 : 0
        guard size > 0 else { return .found(length: length, source: nil) }
        guard length >= 16 + 2 * size + 4 else { throw fault }
        let source = IPAddress(bytes: (16..<16 + size).map { bytes[$0] })
        return .found(length: length, source: source.unmapped)
    }

    private static let fault = Refusal(400, "a malformed PROXY header")
}

extension RawSpan {
    /// Whether these bytes begin so: nil for no, false while there are too few of them.
    fileprivate func begins(with prefix: [UInt8]) -> Bool? {
        for position in 0..<min(byteCount, prefix.count) where self[position] != prefix[position] { return nil }
        return byteCount >= prefix.count
    }
}
