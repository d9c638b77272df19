/// A decimal number of any length, exact: PostgreSQL's `numeric`. `12.50` and `12.5` are equal and print differently.
public struct Numeric: Sendable {
    /// Digits of base 10,000, the most significant first, without zeros at either end.
    let groups: [Int16]
    /// The power of 10,000 of the first group.
    let weight: Int
    let sign: Sign
    /// Decimal digits after the point, as written or as declared by the column.
    public let scale: Int

    enum Sign: UInt16, Sendable {
        case positive = 0x0000
        case negative = 0x4000
        case nan = 0xC000
        case infinity = 0xD000
        case negativeInfinity = 0xF000
    }

    init(groups: [Int16], weight: Int, sign: Sign, scale: Int) {
        let trimmed = groups.drop { $0 == 0 }
        let end = trimmed.lastIndex { $0 != 0 }.map { $0 + 1 } ?? trimmed.endIndex
        self.groups = Array(trimmed[trimmed.startIndex..<max(end, trimmed.startIndex)])
        self.weight = self.groups.isEmpty ? 0 : weight - (groups.count - trimmed.count)
        self.sign = self.groups.isEmpty && sign == .negative ? .positive : sign
        self.scale = scale
    }

    public static let nan = Numeric(groups: [], weight: 0, sign: .nan, scale: 0)
    public static let infinity = Numeric(groups: [], weight: 0, sign: .infinity, scale: 0)
    public static let negativeInfinity = Numeric(groups: [], weight: 0, sign: .negativeInfinity, scale: 0)

    public var isFinite: Bool { sign == .positive || sign == .negative }
}

extension Numeric: Hashable {
    public static func == (left: Numeric, right: Numeric) -> Bool {
        left.sign == right.sign && left.weight == right.weight && left.groups == right.groups
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(sign)
        hasher.combine(weight)
        hasher.combine(groups)
    }
}

extension Numeric {
    public init(_ value: Int) {
        var groups: [Int16] = []
        var rest = value.magnitude
        while rest > 0 {
            groups.append(Int16(rest % 10_000))
            rest /= 10_000
        }
        self.init(
            groups: groups.reversed(), weight: groups.count - 1, sign: value < 0 ? .negative : .positive, scale: 0)
    }

    /// Digits with an optional sign and point, or `NaN`, `Infinity`, `-Infinity`; anything else is nil.
    public init?(_ text: some StringProtocol) {
        switch text {
        case "NaN": self = .nan
        case "Infinity": self = .infinity
        case "-Infinity": self = .negativeInfinity
        default:
            guard let decimal = Numeric(decimal: Array(text.utf8)[...]) else { return nil }
            self = decimal
        }
    }

    private init?(decimal: ArraySlice<UInt8>) {
        var digits = decimal
        let isNegative = digits.first == UInt8(ascii: "-")
        if isNegative || digits.first == UInt8(ascii: "+") { digits.removeFirst() }
        let parts = digits.split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = parts.first, whole.count + (parts.count > 1 ? parts[1].count : 0) > 0 else { return nil }
        let fraction = parts.count > 1 ? parts[1] : []
        let isDigit = { (byte: UInt8) in (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
        guard whole.allSatisfy(isDigit), fraction.allSatisfy(isDigit) else { return nil }
        guard whole.count <= 131_072, fraction.count <= 16_383 else { return nil }
        // Both sides are filled up to whole groups of four digits, counted from the point.
        var filled = [UInt8](repeating: UInt8(ascii: "0"), count: (4 - whole.count % 4) % 4)
        filled += whole
        let wholeGroups = filled.count / 4
        filled += fraction
        filled += [UInt8](repeating: UInt8(ascii: "0"), count: (4 - fraction.count % 4) % 4)
        let groups = stride(from: 0, to: filled.count, by: 4).map { start in
            filled[start..<start + 4].reduce(Int16(0)) { $0 * 10 + Int16($1 - UInt8(ascii: "0")) }
        }
        self.init(
            groups: groups, weight: wholeGroups - 1, sign: isNegative ? .negative : .positive, scale: fraction.count)
    }

    /// The value when it is a whole number that fits.
    public var exactInt: Int? {
        guard isFinite, weight < 5, groups.count <= weight + 1 || groups.isEmpty else { return nil }
        var value = 0
        for position in 0..<(groups.isEmpty ? 0 : weight + 1) {
            let group = position < groups.count ? Int(groups[position]) : 0
            // Built below zero, where there is room for one more than above.
            let (product, tooLarge) = value.multipliedReportingOverflow(by: 10_000)
            let (difference, overflow) = product.subtractingReportingOverflow(group)
            guard !tooLarge, !overflow else { return nil }
            value = difference
        }
        if sign == .negative { return value }
        return value == .min ? nil : -value
    }
}

extension Numeric: CustomStringConvertible {
    /// As PostgreSQL prints it, with `scale` digits after the point.
    public var description: String {
        switch sign {
        case .nan: "NaN"
        case .infinity: "Infinity"
        case .negativeInfinity: "-Infinity"
        case .positive: digits
        case .negative: "-" + digits
        }
    }

    private var digits: String {
        var text = ""
        for power in stride(from: max(weight, 0), through: 0, by: -1) { text += group(of: power) }
        text = String(text.drop { $0 == "0" })
        if text.isEmpty { text = "0" }
        guard scale > 0 else { return text }
        var fraction = ""
        var power = -1
        while fraction.utf8.count < scale {
            fraction += group(of: power)
            power -= 1
        }
        return text + "." + fraction.prefix(scale)
    }

    /// The four digits that count 10,000 to the `power`.
    private func group(of power: Int) -> String {
        let position = weight - power
        let value = groups.indices.contains(position) ? groups[position] : 0
        let text = value.description
        return String(repeating: "0", count: 4 - text.utf8.count) + text
    }
}

extension Numeric: SQLEncodable {
    public static var sqlType: PostgresType { .numeric }

    public func writeSQL(into bytes: inout SQLBytes) {
        guard let weight = Int16(exactly: weight), let scale = Int16(exactly: scale) else {
            return bytes.fail("a number beyond what numeric can hold")
        }
        bytes.append(bigEndian: Int16(groups.count))
        bytes.append(bigEndian: weight)
        bytes.append(bigEndian: sign.rawValue)
        bytes.append(bigEndian: scale)
        for group in groups { bytes.append(bigEndian: group) }
    }

    public func writeSQLText(into bytes: inout SQLBytes) { bytes.append(description) }
}
