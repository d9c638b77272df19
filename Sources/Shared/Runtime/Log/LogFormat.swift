/// The form of a line: JSON for machines, text for a person at a terminal.
public enum LogFormat: Sendable, Hashable {
    case json
    case text(coloured: Bool)

    /// Longer values are cut, so that one event cannot fill the buffer.
    static let longestValue = 8192

    /// Appends the event as one line.
    func append(_ event: LogEvent, process: String, to line: inout ByteBuffer) {
        switch self {
        case .json: line.append(json: event, process: process)
        case .text(let coloured): line.append(text: event, coloured: coloured)
        }
        line.append(byte: UInt8(ascii: "\n"))
    }
}

// MARK: JSON

extension ByteBuffer {
    fileprivate mutating func append(json event: LogEvent, process: String) {
        append("{\"time\":\"")
        append(time: event.time)
        append("\",\"level\":\"")
        append(event.level.name)
        append("\",\"message\":")
        append(
            jsonString: UnsafeRawBufferPointer(start: event.message.utf8Start, count: event.message.utf8CodeUnitCount))
        append(",\"process\":")
        append(jsonString: process)
        if let component = event.component {
            append(",\"component\":")
            append(jsonString: component)
        }
        for field in event.metadata.fields {
            append(byte: UInt8(ascii: ","))
            append(jsonKey: field.key)
            append(byte: UInt8(ascii: ":"))
            append(json: field.value)
        }
        append(byte: UInt8(ascii: "}"))
    }

    /// A fact must not stand under a name of the line itself: readers take one of two equal keys at random.
    private mutating func append(jsonKey key: String) {
        switch key {
        case "time", "level", "message", "process", "component": append(jsonString: "fact." + key)
        default: append(jsonString: key)
        }
    }

    private mutating func append(json value: LogValue) {
        switch value {
        case .string(let text): append(jsonString: text.cut(toBytes: LogFormat.longestValue))
        case .uuid(let uuid): append(jsonString: uuid.description)
        case .double(let number) where !number.isFinite: append(jsonString: number.description)
        default: append(plain: value)
        }
    }

    /// Numbers and truth values, and the rest without quotes.
    private mutating func append(plain value: LogValue) {
        switch value {
        case .string(let text): append(text)
        case .int(let number): append(decimal: number)
        case .double(let number): append(number.description)
        case .bool(let truth): append(truth ? "true" : "false" as StaticString)
        case .uuid(let uuid): append(uuid.description)
        case .duration(let span): append(seconds: span)
        }
    }

    /// In the form of RFC 3339, in UTC and with milliseconds.
    public mutating func append(time: Timestamp) {
        append(room: 24) { target in
            time.writeRFC3339(into: target.bindMemory(to: UInt8.self))
            return 24
        }
    }

    /// `1.5`, to the microsecond and without zeros at the end.
    public mutating func append(seconds span: Duration) {
        let microseconds = span.microseconds
        if microseconds < 0 { append(byte: UInt8(ascii: "-")) }
        append(decimal: microseconds.magnitude / 1_000_000)
        var rest = microseconds.magnitude % 1_000_000
        guard rest != 0 else { return }
        append(byte: UInt8(ascii: "."))
        var place: UInt64 = 100_000
        while rest != 0 {
            append(byte: UInt8(ascii: "0") + UInt8(rest / place))
            rest %= place
            place /= 10
        }
    }
}

// MARK: Text

extension ByteBuffer {
    fileprivate mutating func append(text event: LogEvent, coloured: Bool) {
        append(grey: coloured) { $0.append(Substring(event.time.rfc3339.dropFirst(11))) }
        append(coloured ? event.level.colouredName : event.level.paddedName)
        if let component = event.component {
            append(component)
            append(": ")
        }
        append(event.message)
        for field in event.metadata.fields {
            append("  ")
            append(grey: coloured) {
                $0.append(field.key)
                $0.append(byte: UInt8(ascii: "="))
            }
            append(text: field.value)
        }
    }

    private mutating func append(grey: Bool, _ body: (inout ByteBuffer) -> Void) {
        if grey { append("\u{1B}[90m") }
        body(&self)
        if grey { append("\u{1B}[0m") }
    }

    /// Text that could break the line, or a terminal, goes in quotes with escapes.
    private mutating func append(text value: LogValue) {
        guard case .string(let whole) = value else { return append(plain: value) }
        let text = whole.cut(toBytes: LogFormat.longestValue)
        if text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "\"") }) && !text.isEmpty {
            append(text)
        } else {
            append(jsonString: text)
        }
    }
}

extension LogLevel {
    fileprivate var paddedName: StaticString {
        switch self {
        case .debug: " DEBUG "
        case .info: " INFO  "
        case .warning: " WARN  "
        case .error: " ERROR "
        }
    }

    fileprivate var colouredName: StaticString {
        switch self {
        case .debug: " \u{1B}[90mDEBUG\u{1B}[0m "
        case .info: " \u{1B}[32mINFO\u{1B}[0m  "
        case .warning: " \u{1B}[33mWARN\u{1B}[0m  "
        case .error: " \u{1B}[31mERROR\u{1B}[0m "
        }
    }
}

extension String {
    /// The text itself, or as many whole characters of it as fit, and `…`.
    func cut(toBytes limit: Int) -> String {
        guard utf8.count > limit else { return self }
        var end = utf8.index(startIndex, offsetBy: limit)
        while end.samePosition(in: unicodeScalars) == nil { end = utf8.index(before: end) }
        return self[..<end] + "…"
    }
}
