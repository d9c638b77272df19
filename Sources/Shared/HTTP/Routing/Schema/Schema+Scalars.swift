import JSON
import Runtime

extension Schema where Value: FixedWidthInteger & JSONReadable {
    /// Whatever the type, what is read is 64 bits wide: one function, made for one type, does it for all.
    public static func integer(_ range: ClosedRange<Value> = Value.min...Value.max) -> Schema {
        let bounds = Int64(clamping: range.lowerBound)...Int64(clamping: range.upperBound)
        return Schema(.integer(bounds), placeholder: range.lowerBound) { text throws(Unfit) in
            Value(truncatingIfNeeded: try whole(text, in: bounds))
        } read: { (input: inout InputReader) throws(JSONStop) in
            let place = input.json.place()
            let value = try input.json.read(Int64.self)
            do throws(Unfit) { return Value(truncatingIfNeeded: try fitting(value, in: bounds)) } catch {
                throw input.json.unfit(at: place, error.code, error.message)
            }
        }
    }
}

private func whole(_ text: Substring, in bounds: ClosedRange<Int64>) throws(Unfit) -> Int64 {
    guard isWholeNumber(text) else { throw Unfit(.wrongType, "not a whole number") }
    guard let value = Int64(text) else { throw Unfit(.outOfRange, "the number is out of range") }
    return try fitting(value, in: bounds)
}

private func fitting(_ value: Int64, in bounds: ClosedRange<Int64>) throws(Unfit) -> Int64 {
    guard bounds.contains(value) else {
        throw Unfit(.outOfRange, "must be from \(bounds.lowerBound) to \(bounds.upperBound)")
    }
    return value
}

private func isWholeNumber(_ text: Substring) -> Bool {
    let digits = text.utf8.first == UInt8(ascii: "-") ? text.utf8.dropFirst() : text.utf8[...]
    return !digits.isEmpty && digits.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
}

extension Schema where Value == Double {
    public static func number(_ range: ClosedRange<Double>) -> Schema {
        @Sendable func check(_ value: Double) throws(Unfit) -> Double {
            guard range.contains(value) else {
                throw Unfit(.outOfRange, "must be from \(range.lowerBound) to \(range.upperBound)")
            }
            return value
        }
        return Schema(.number(range), placeholder: range.lowerBound) { text throws(Unfit) in
            guard let value = Double(text), value.isFinite else { throw Unfit(.wrongType, "not a number") }
            return try check(value)
        } read: { (input: inout InputReader) throws(JSONStop) in
            let place = input.json.place()
            let value = try input.json.double()
            do throws(Unfit) { return try check(value) } catch {
                throw input.json.unfit(at: place, error.code, error.message)
            }
        }
    }
}

extension Schema where Value == Bool {
    public static let bool = Schema(.bool, placeholder: false) { text throws(Unfit) in
        switch text {
        case "true": return true
        case "false": return false
        default: throw Unfit(.wrongType, "neither true nor false")
        }
    } read: { (input: inout InputReader) throws(JSONStop) in
        try input.json.bool()
    }
}

extension Schema where Value == UUID {
    public static let uuid = Schema.string(.uuid, placeholder: UUID(high: 0, low: 0)) { text throws(Unfit) in
        try parseUUID(text)
    }
}

extension Schema {
    /// The id of a thing.
    public static func id<Thing>(of thing: Thing.Type = Thing.self) -> Schema where Value == ID<Thing> {
        .string(.uuid, placeholder: ID(UUID(high: 0, low: 0))) { text throws(Unfit) in ID(try parseUUID(text)) }
    }
}

private func parseUUID(_ text: Substring) throws(Unfit) -> UUID {
    var text = text
    let parsed = text.withUTF8 { UUID(text: UnsafeRawBufferPointer($0)) }
    guard let parsed else { throw Unfit(.badFormat, "not a UUID") }
    return parsed
}

extension Schema where Value == Timestamp {
    /// A moment as RFC 3339 has it, with any offset.
    public static let timestamp = Schema.string(
        .timestamp, placeholder: Timestamp(microseconds: 0)
    ) { text throws(Unfit) in
        guard let time = Timestamp(rfc3339: String(text)) else { throw Unfit(.badFormat, "not an RFC 3339 time") }
        return time
    }
}

extension Schema where Value: CaseIterable & RawRepresentable, Value.RawValue == String {
    /// One of the cases of an enum, by its raw value.
    public static func choice(_ type: Value.Type = Value.self) -> Schema {
        let values = Value.allCases.map(\.rawValue)
        guard let first = Value.allCases.first else { preconditionFailure("\(Value.self) has no case") }
        return .string(.choice(values), placeholder: first) { text throws(Unfit) in
            guard let value = Value(rawValue: String(text)) else {
                throw Unfit(.unknownValue, "not one of \(values.joined(separator: ", "))")
            }
            return value
        }
    }
}

extension Schema where Value == JSONValue {
    /// Whatever the client likes.
    public static let anything = Schema(.any, placeholder: .null) { (input: inout InputReader) throws(JSONStop) in
        try input.json.read()
    }
}
