/// One fact of a log event. Literals and interpolated strings are facts as they stand.
public enum LogValue: Sendable, Hashable {
    case string(String)
    case int(Int64)
    case double(Double)
    case bool(Bool)
    case uuid(UUID)
    /// Written as seconds with a fraction.
    case duration(Duration)

    public static func int(_ value: some FixedWidthInteger) -> LogValue { .int(Int64(clamping: value)) }

    public static func id<Thing>(_ id: ID<Thing>) -> LogValue { .uuid(id.uuid) }

    public static func error(_ error: any Error) -> LogValue { .string(String(describing: error)) }
}

extension LogValue: ExpressibleByStringInterpolation, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByBooleanLiteral
{
    public init(stringLiteral value: String) { self = .string(value) }
    public init(integerLiteral value: Int64) { self = .int(value) }
    public init(floatLiteral value: Double) { self = .double(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
}

/// The facts of an event under dotted keys (`job.id`), in the order given; a key stands once.
public struct LogMetadata: Sendable, Hashable, ExpressibleByDictionaryLiteral {
    public private(set) var fields: [Field] = []

    public struct Field: Sendable, Hashable {
        public let key: String
        public let value: LogValue
    }

    public init() {}

    public init(dictionaryLiteral elements: (String, LogValue)...) {
        fields.reserveCapacity(elements.count)
        for (key, value) in elements { self[key] = value }
    }

    public var isEmpty: Bool { fields.isEmpty }

    public subscript(key: String) -> LogValue? {
        get { fields.first { $0.key == key }?.value }
        set {
            let position = fields.firstIndex { $0.key == key }
            switch (position, newValue) {
            case (let position?, let value?): fields[position] = Field(key: key, value: value)
            case (let position?, nil): fields.remove(at: position)
            case (nil, let value?): fields.append(Field(key: key, value: value))
            case (nil, nil): break
            }
        }
    }

    /// Both; where both have a key, `newer` wins.
    public func merging(_ newer: LogMetadata) -> LogMetadata {
        if newer.isEmpty { return self }
        if isEmpty { return newer }
        var merged = self
        merged.fields.reserveCapacity(fields.count + newer.fields.count)
        for field in newer.fields { merged[field.key] = field.value }
        return merged
    }
}
