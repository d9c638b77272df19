extension JSONReader {
    /// A number as it stands in the document, with what its digits say.
    struct NumberToken {
        var start: Int
        var end: Int
        var isNegative = false
        /// Neither a fraction nor an exponent.
        var isInteger = true
        /// The digits without the point, as far as they fit.
        var digits: UInt64 = 0
        var overflows = false
        /// The power of ten `digits` is multiplied by, when it fits.
        var exponent = 0
    }

    /// A whole number that fits `T`: neither rounded nor cut off.
    @inlinable public mutating func integer<T: FixedWidthInteger>(_ type: T.Type = T.self) throws(JSONStop) -> T {
        let place = place()
        if T.isSigned {
            if let value = T(exactly: try signed()) { return value }
        } else {
            if let value = T(exactly: try unsigned()) { return value }
        }
        throw outOfRange(at: place)
    }

    /// The nearest double. What is too large for one is refused.
    public mutating func double() throws(JSONStop) -> Double {
        let start = try numberStart()
        let token = try scanNumber()
        if let exact = token.exactDouble { return exact }
        guard let value = Double(numberText(token)), value.isFinite else {
            throw outOfRange(at: JSONPlace(offset: start, depth: depth))
        }
        return value
    }

    public mutating func float() throws(JSONStop) -> Float {
        let start = try numberStart()
        // Not by way of a double: rounding twice can miss the nearest float.
        guard let value = Float(numberText(try scanNumber())), value.isFinite else {
            throw outOfRange(at: JSONPlace(offset: start, depth: depth))
        }
        return value
    }

    /// The number's own text, every digit kept.
    public mutating func number() throws(JSONStop) -> JSONNumber {
        _ = try numberStart()
        return JSONNumber(validated: String(numberText(try scanNumber())))
    }

    // MARK: Integers

    @usableFromInline mutating func signed() throws(JSONStop) -> Int64 {
        let token = try wholeNumber()
        let limit: UInt64 = token.isNegative ? 1 << 63 : 1 << 63 - 1
        guard !token.overflows, token.digits <= limit else { throw outOfRange(backTo: token) }
        return token.isNegative ? Int64(truncatingIfNeeded: 0 &- token.digits) : Int64(token.digits)
    }

    @usableFromInline mutating func unsigned() throws(JSONStop) -> UInt64 {
        let token = try wholeNumber()
        guard !token.overflows, !token.isNegative || token.digits == 0 else { throw outOfRange(backTo: token) }
        return token.digits
    }

    private mutating func wholeNumber() throws(JSONStop) -> NumberToken {
        let start = try numberStart()
        let token = try scanNumber()
        guard token.isInteger else {
            position = start
            throw mismatch("a whole number")
        }
        return token
    }

    @inline(never)
    private mutating func outOfRange(backTo token: NumberToken) -> JSONStop {
        outOfRange(at: JSONPlace(offset: token.start, depth: depth))
    }

    @usableFromInline @inline(never)
    mutating func outOfRange(at place: JSONPlace) -> JSONStop {
        position = place.offset
        note(.outOfRange, at: place.offset, "the number is out of range")
        return .unusable
    }

    private mutating func numberStart() throws(JSONStop) -> Int {
        let byte = try peek()
        guard byte &- UInt8(ascii: "0") <= 9 || byte == UInt8(ascii: "-") else { throw mismatch("a number") }
        return position
    }

    // MARK: Scanning

    func numberText(_ token: NumberToken) -> Substring {
        Substring(decoding: slice(token.start..<token.end), as: UTF8.self)
    }

    /// Checks the number at `position` and moves behind it.
    mutating func scanNumber() throws(JSONStop) -> NumberToken {
        var token = NumberToken(start: position, end: position)
        if base[position] == UInt8(ascii: "-") {
            token.isNegative = true
            position &+= 1
        }
        let first = position
        let count = try scanDigits(into: &token)
        if count > 1, base[first] == UInt8(ascii: "0") {
            throw malformed(.syntax, at: first, "a number begins with a superfluous 0")
        }
        if position < end, base[position] == UInt8(ascii: ".") {
            token.isInteger = false
            position &+= 1
            token.exponent = 0 &- (try scanDigits(into: &token))
        }
        if position < end, base[position] | 0x20 == UInt8(ascii: "e") { try scanExponent(into: &token) }
        token.end = position
        return token
    }

    /// At least one digit; answers how many.
    @inline(__always) private mutating func scanDigits(into token: inout NumberToken) throws(JSONStop) -> Int {
        let first = position
        while position < end {
            let digit = base[position] &- UInt8(ascii: "0")
            guard digit <= 9 else { break }
            let (product, isTooMuch) = token.digits.multipliedReportingOverflow(by: 10)
            let (sum, isOneTooMuch) = product.addingReportingOverflow(UInt64(digit))
            token.overflows = token.overflows || isTooMuch || isOneTooMuch
            token.digits = sum
            position &+= 1
        }
        guard position > first else { throw unexpected("a digit") }
        return position &- first
    }

    @inline(never)
    private mutating func scanExponent(into token: inout NumberToken) throws(JSONStop) {
        token.isInteger = false
        position &+= 1
        var isNegative = false
        if position < end, base[position] == UInt8(ascii: "-") || base[position] == UInt8(ascii: "+") {
            isNegative = base[position] == UInt8(ascii: "-")
            position &+= 1
        }
        var exponent = NumberToken(start: position, end: position)
        _ = try scanDigits(into: &exponent)
        guard !exponent.overflows, exponent.digits < 1000 else {
            token.overflows = true
            return
        }
        token.exponent += isNegative ? -Int(exponent.digits) : Int(exponent.digits)
    }
}

extension JSONReader.NumberToken {
    /// Where both the digits and the power of ten are exact doubles, one operation rounds correctly.
    var exactDouble: Double? {
        guard !overflows, digits <= 1 << 53, abs(exponent) < Self.powers.count else { return nil }
        let power = Self.powers[abs(exponent)]
        let value = exponent < 0 ? Double(digits) / power : Double(digits) * power
        return isNegative ? -value : value
    }

    private static let powers: InlineArray<23, Double> = [
        1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22,
    ]
}
