import Glibc
import Runtime

extension JSONWriter {
    @inlinable public mutating func value<T: FixedWidthInteger>(_ value: T) {
        if T.isSigned { signed(Int64(value)) } else { unsigned(UInt64(value)) }
    }

    @usableFromInline mutating func signed(_ value: Int64) {
        comma()
        out.append(decimal: value)
        needsComma = true
    }

    @usableFromInline mutating func unsigned(_ value: UInt64) {
        comma()
        out.append(decimal: value)
        needsComma = true
    }

    /// The shortest digits that read back as the same double. There are none for infinities and NaN: an error.
    public mutating func value(_ value: Double) {
        comma()
        needsComma = true
        if let whole = Int64(exactly: value), abs(whole) < 1 << 53, whole != 0 || value.sign == .plus {
            out.append(decimal: whole)
        } else if value.isFinite {
            out.append(value.description)
        } else {
            refuse(value.description)
        }
    }

    public mutating func value(_ value: Float) {
        comma()
        needsComma = true
        if value.isFinite { out.append(value.description) } else { refuse(value.description) }
    }

    /// A number by its text, which is one.
    mutating func number(_ text: String) {
        comma()
        out.append(text)
        needsComma = true
    }

    static func digits(of value: Double) -> String {
        var writer = JSONWriter()
        writer.value(value)
        return writer.out.toString()
    }

    @inline(never)
    private mutating func refuse(_ number: String) {
        note(.invalid, "JSON has no \(number)")
        out.append("null")
    }

    mutating func note(_ code: JSONProblem.Code, below: [JSONPathElement] = [], _ message: String) {
        faults.append(JSONFault(offset: out.count - start, below: below, code: code, message: message))
    }
}
