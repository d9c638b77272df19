/// How the text of a setting becomes a value, and what to say when it does not.
public struct Setting<Value: Sendable>: Sendable {
    let example: String
    /// Stands in for a value that is missing or wrong; never used, since the process then ends.
    let placeholder: Value
    /// A wrong value is not quoted, a right one not shown.
    let isSecret: Bool
    public let parse: @Sendable (String) throws(ConfigMistake) -> Value
    let show: @Sendable (Value) -> String

    public init(
        example: String, placeholder: Value, isSecret: Bool = false,
        show: @escaping @Sendable (Value) -> String = { "\($0)" },
        parse: @escaping @Sendable (String) throws(ConfigMistake) -> Value
    ) {
        self.example = example
        self.placeholder = placeholder
        self.isSecret = isSecret
        self.show = show
        self.parse = parse
    }
}

extension Setting where Value == String {
    public static let text = Setting(example: "text", placeholder: "") { $0 }
}

extension Setting where Value == Secret {
    /// At least so many bytes: what is used as a key must not be short.
    public static func secret(atLeast minimum: Int = 1) -> Setting {
        let example = minimum > 1 ? "<\(minimum) random characters or more>" : "<secret>"
        return Setting(example: example, placeholder: Secret(""), isSecret: true) { text throws(ConfigMistake) in
            guard text.utf8.count >= minimum else {
                throw ConfigMistake("has \(text.utf8.count) characters; \(minimum) are needed")
            }
            return Secret(text)
        }
    }
}

extension Setting where Value == Int {
    public static func int(in range: ClosedRange<Int> = Int.min...Int.max) -> Setting {
        let example = range.contains(10) ? 10 : range.lowerBound
        return Setting(example: "\(example)", placeholder: example) { text throws(ConfigMistake) in
            guard let value = Int(text) else { throw ConfigMistake("is not a whole number") }
            guard range.contains(value) else {
                throw ConfigMistake("is not from \(range.lowerBound) to \(range.upperBound)")
            }
            return value
        }
    }
}

extension Setting where Value == Double {
    public static func double(in range: ClosedRange<Double>) -> Setting {
        Setting(example: "\(range.lowerBound)", placeholder: range.lowerBound) { text throws(ConfigMistake) in
            guard let value = Double(text) else { throw ConfigMistake("is not a number") }
            guard range.contains(value) else {
                throw ConfigMistake("is not from \(range.lowerBound) to \(range.upperBound)")
            }
            return value
        }
    }
}

extension Setting where Value == Bool {
    public static let bool = Setting(example: "true", placeholder: false) { text throws(ConfigMistake) in
        switch text.lowercased() {
        case "true", "1", "yes", "on": return true
        case "false", "0", "no", "off": return false
        default: throw ConfigMistake("is neither true nor false")
        }
    }
}

extension Setting where Value: CaseIterable & RawRepresentable, Value.RawValue == String {
    /// One of the cases of an enum, by its raw value; nil when the enum has no case.
    public static func choice(_ first: Value) -> Setting {
        Setting(example: first.rawValue, placeholder: first, show: \.rawValue) { text throws(ConfigMistake) in
            if let value = Value(rawValue: text) { return value }
            throw ConfigMistake("is not one of \(Value.allCases.map(\.rawValue).joined(separator: ", "))")
        }
    }
}

extension Setting {
    /// Values between commas; `a,` is a list of one.
    public static func list<Element>(of element: Setting<Element>) -> Setting where Value == [Element] {
        Setting(
            example: element.example, placeholder: [], isSecret: element.isSecret,
            show: { $0.map(element.show).joined(separator: ",") }
        ) { text throws(ConfigMistake) in
            var values: [Element] = []
            for part in text.split(separator: ",") {
                let trimmed = part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()
                if !trimmed.isEmpty { values.append(try element.parse(String(trimmed))) }
            }
            return values
        }
    }
}

extension Setting where Value == URL {
    /// Not quoted when wrong: it may hold a password.
    public static func url(_ schemes: String...) -> Setting {
        let example = "\(schemes.first ?? "https")://example.org"
        return Setting(example: example, placeholder: .none, isSecret: true) { text throws(ConfigMistake) in
            guard let url = URL(text) else { throw ConfigMistake("is not a URL") }
            guard schemes.isEmpty || schemes.contains(url.scheme) else {
                throw ConfigMistake("does not begin with \(schemes.map { $0 + "://" }.joined(separator: " or "))")
            }
            return url
        }
    }
}
