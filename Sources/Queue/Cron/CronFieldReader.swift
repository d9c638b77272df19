/// The values of one field: bit n stands for value n.
struct CronValues: Hashable, Sendable {
    var bits: UInt64 = 0
    /// Whether it has a `*` or a `?`, also with a step, or comes to the same.
    var isWildcard = false
}

/// Reads the plain items that all fields have in common.
struct CronFieldReader {
    let expression: String
    let field: CronField
    let text: Substring

    /// Calls `special` with each item of the list first; what it does not know is plain.
    func values(special: (Substring) throws(CronError) -> Bool = { _ in false }) throws(CronError) -> CronValues {
        var values = CronValues()
        for item in text.split(separator: ",", omittingEmptySubsequences: false) where !(try special(item)) {
            let (bits, isWildcard) = try plain(item)
            values.bits |= bits
            values.isWildcard = values.isWildcard || isWildcard
        }
        values.isWildcard = values.isWildcard || values.bits.nonzeroBitCount == field.values.count
        return values
    }

    func mistake(_ item: Substring) -> CronError {
        CronError(expression: expression, field: field, text: String(item), allowed: field.allowed)
    }

    /// A number or a name.
    func value(_ text: Substring) -> Int? {
        if let name = field.names.firstIndex(of: text.uppercased()) { return field.values.lowerBound + name }
        return number(text, in: field.numbers)
    }

    func number(_ text: Substring, in allowed: ClosedRange<Int>) -> Int? {
        guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }), let number = Int(text)
        else { return nil }
        return allowed.contains(number) ? number : nil
    }

    private func plain(_ item: Substring) throws(CronError) -> (bits: UInt64, isWildcard: Bool) {
        let parts = item.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        var step = 1
        if parts.count == 2 {
            guard let number = number(parts[1], in: 1...field.values.count - 1) else { throw mistake(item) }
            step = number
        }
        let isUnknown = parts[0] == "?" && (field == .dayOfMonth || field == .weekday) && parts.count == 1
        if parts[0] == "*" || isUnknown {
            return (bits(from: field.values.lowerBound, through: field.values.upperBound, by: step), true)
        }
        let ends = parts[0].split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = value(ends[0]), let last = value(ends[ends.count - 1]) else { throw mistake(item) }
        // `5/15` without an end goes on to the last value.
        let isOpen = ends.count == 1 && parts.count == 2
        return (bits(from: first, through: isOpen ? max(first, field.values.upperBound) : last, by: step), false)
    }

    /// A range whose end is before its beginning goes round: FRI-MON.
    private func bits(from first: Int, through last: Int, by step: Int) -> UInt64 {
        let count = field.values.count
        let length = last >= first ? last - first : last - first + count
        return stride(from: 0, through: length, by: step).reduce(0) { bits, distance in
            bits | 1 << UInt64((first - field.values.lowerBound + distance) % count + field.values.lowerBound)
        }
    }
}
