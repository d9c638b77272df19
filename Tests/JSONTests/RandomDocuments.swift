import JSON

extension JSONValue {
    static func random(depth: Int, _ random: inout SeededRandom) -> JSONValue {
        switch Int.random(in: 0..<(depth > 0 ? 9 : 6), using: &random) {
        case 0: return .null
        case 1: return .bool(.random(using: &random))
        case 2: return .number(Int64(bitPattern: random.next() >> UInt64.random(in: 0...63, using: &random)))
        case 3: return JSONNumber(Double(bitPattern: random.next())).map(JSONValue.number) ?? .null
        case 4, 5: return .string(.random(&random))
        case 6, 7:
            let count = Int.random(in: 0...20, using: &random)
            let keys = (0..<count).map { "\(String.random(&random))\($0)" }
            return .object(Dictionary(keys.map { ($0, .random(depth: depth - 2, &random)) }) { first, _ in first })
        default:
            let count = Int.random(in: 0...6, using: &random)
            return .array((0..<count).map { _ in .random(depth: depth - 1, &random) })
        }
    }

    /// The value as text with white space and escapes that nobody needs.
    func spread(_ random: inout SeededRandom) -> String {
        var space: String { [" ", "\n", "\t\r", "", ""].randomElement(using: &random) ?? "" }
        switch self {
        case .array(let elements):
            let inner = elements.map { space + $0.spread(&random) + space }
            return "\(space)[\(space)\(inner.joined(separator: ","))]\(space)"
        case .object(let members):
            let inner = members.map { key, value in
                "\(space)\(key.escaped(&random))\(space):\(space)\(value.spread(&random))"
            }
            return "\(space){\(space)\(inner.joined(separator: ","))}\(space)"
        case .string(let text): return text.escaped(&random)
        default: return (try? JSONCoder.text(self)) ?? ""
        }
    }
}

extension String {
    static func random(_ random: inout SeededRandom) -> String {
        let few: [Unicode.Scalar] = ["\"", "\\", "\n", "\0", "/", "\u{7F}", "é", "€", "🚀", "\u{FFFF}", "e", "\u{301}"]
        var scalars = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 0...24, using: &random) {
            let letter = Unicode.Scalar(UInt8.random(in: 97...122, using: &random))
            scalars.append(random.next() % 8 == 0 ? few.randomElement(using: &random) ?? letter : letter)
        }
        return String(scalars)
    }

    /// As a JSON string in which any character may be an escape.
    fileprivate func escaped(_ random: inout SeededRandom) -> String {
        let inner = unicodeScalars.map { scalar -> String in
            let must = scalar.value < 0x20 || scalar == "\"" || scalar == "\\"
            guard must || random.next() % 5 == 0 else { return String(scalar) }
            return String(scalar).utf16.map { unit in
                let digits = String(unit, radix: 16, uppercase: random.next() % 2 == 0)
                return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }.joined()
        }
        return "\"\(inner.joined())\""
    }
}

extension [UInt8] {
    /// One small change, or a graft from another document.
    mutating func mutate(with others: [[UInt8]], _ random: inout SeededRandom) {
        let place = Int.random(in: 0...count, using: &random)
        let end = Swift.min(count, place + Int.random(in: 0...4, using: &random))
        let edges = Array(#"{}[],:"\/0-+.eEtfnu "#.utf8) + [0x00, 0x1F, 0x7F, 0x80, 0xC0, 0xED, 0xF4, 0xFF]
        switch random.next() % 5 {
        case 0: removeSubrange(place..<end)
        case 1: insert(edges.randomElement(using: &random) ?? 0, at: place)
        case 2: insert(contentsOf: self[place..<end], at: place)
        case 3 where place < count: self[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        default:
            guard let other = others.randomElement(using: &random) else { return }
            let from = Int.random(in: 0...other.count, using: &random)
            replaceSubrange(place..<end, with: other[from...].prefix(12))
        }
    }
}
