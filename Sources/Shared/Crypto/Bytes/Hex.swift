import Runtime

/// Two lower-case digits a byte; decoding takes either case and nothing else.
public enum Hex {
    public static func encode(_ source: some ByteSource) -> String {
        source.withBytes { bytes in
            String(unsafeUninitializedCapacity: bytes.count * 2) { target in
                for (position, byte) in bytes.enumerated() {
                    target[position * 2] = hexDigit(byte >> 4)
                    target[position * 2 + 1] = hexDigit(byte & 15)
                }
                return bytes.count * 2
            }
        }
    }

    public static func decode(_ text: some ByteSource) -> [UInt8]? {
        text.withBytes { text in
            guard text.count % 2 == 0 else { return nil }
            var bytes: [UInt8] = []
            bytes.reserveCapacity(text.count / 2)
            for position in stride(from: 0, to: text.count, by: 2) {
                guard let high = hexValue(text[position]), let low = hexValue(text[position + 1]) else { return nil }
                bytes.append(high << 4 | low)
            }
            return bytes
        }
    }
}
