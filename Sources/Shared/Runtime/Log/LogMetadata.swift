/// One fact of a log event. Literals and interpolated strings are facts as they stand.
package enum LogValue: Sendable, Hashable {
    case string(String)
    case int(Int64)
    case double(Double)
    case bool(Bool)
    case uuid(UUID)
    /// Written as seconds with a fraction.
    case duration(Duration)

    package static func int(_ value: some FixedWidthInteger) -> LogValue { .int(Int64(clamping: value)) }

    package static func id<Thing>(_ id: ID<Thing>) -> LogValue { .uuid(id.uuid) }

    package static func error(_ error: any Error) -> LogValue { .string(String(describing: error)) }
}

extension LogValue: ExpressibleByStringInterpolation, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByBooleanLiteral
{
    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int64) { self = .int(value) }
    package init(floatLiteral value: Double) { self = .double(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
}

/// The facts of an event under dotted keys (`job.id`), in the order given; a key stands once.
package struct LogMetadata: Sendable, Hashable, ExpressibleByDictionaryLiteral {
    package private(set) var fields: [Field] = []

    package struct Field: Sendable, Hashable {
        package let key: String
        package let value: LogValue
    }

    package init() {}

    package init(dictionaryLiteral elements: (String, LogValue)...) {
        fields.reserveCapacity(elements.count)
        for (key, value) in elements { self[key] = value }
    }

    package var isEmpty: Bool { fields.isEmpty }

    package subscript(key: String) -> LogValue? {
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
    package func merging(_ newer: LogMetadata) -> LogMetadata {
        if newer.isEmpty { return self }
        if isEmpty { return newer }
        var merged = self
        merged.fields.reserveCapacity(fields.count + newer.fields.count)
        for field in newer.fields { merged[field.key] = field.value }
        return merged
    }
}
