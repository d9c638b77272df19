import JSON
import Runtime

/// What a value from outside must be. The same value reads it, checks it, and says in the document what is checked.
public final class Schema<Value: Sendable>: Sendable {
    public let document: JSONSchema
    /// Stands in for a value that is missing or unfit; never used, since the request is then refused.
    let placeholder: @Sendable () -> Value
    let read: @Sendable (inout InputReader) throws(JSONStop) -> Value
    /// From a path, a query or a header; nil where only JSON can say it.
    let parse: (@Sendable (Substring) throws(Unfit) -> Value)?

    init(
        _ document: JSONSchema, placeholder: @autoclosure @escaping @Sendable () -> Value,
        parse: (@Sendable (Substring) throws(Unfit) -> Value)? = nil,
        read: @escaping @Sendable (inout InputReader) throws(JSONStop) -> Value
    ) {
        self.document = document
        self.placeholder = placeholder
        self.read = read
        self.parse = parse
    }

    // MARK: Making others of it

    /// Says more about it in the document.
    public func described(_ text: String) -> Schema { documented { $0.text = text } }

    public func example(_ example: JSONValue) -> Schema { documented { $0.example = example } }

    private func documented(_ change: (inout JSONSchema) -> Void) -> Schema {
        var document = document
        change(&document)
        return Schema(document, placeholder: self.placeholder(), parse: parse, read: read)
    }

    /// Another value made of this one, or a reason why there is none. What it demands should show in `document`.
    public func mapped<Other: Sendable>(
        _ document: JSONSchema? = nil, placeholder other: @autoclosure @escaping @Sendable () -> Other,
        _ transform: @escaping @Sendable (Value) throws(Unfit) -> Other
    ) -> Schema<Other> {
        var parseOther: (@Sendable (Substring) throws(Unfit) -> Other)?
        if let parse {
            parseOther = { (text: Substring) throws(Unfit) in try transform(try parse(text)) }
        }
        return Schema<Other>(document ?? self.document, placeholder: other(), parse: parseOther) {
            [read] (input: inout InputReader) throws(JSONStop) in
            let place = input.json.place()
            let value = try read(&input)
            do throws(Unfit) { return try transform(value) } catch {
                throw input.json.unfit(at: place, error.code, error.message)
            }
        }
    }
}

/// Why a value that could be read is not accepted.
public struct Unfit: Error {
    public let code: JSONProblem.Code
    /// For people: what is wanted.
    public let message: String

    public init(_ code: JSONProblem.Code, _ message: String) {
        self.code = code
        self.message = message
    }
}

extension Schema {
    /// A value that is written as a string in JSON, and as itself elsewhere.
    public static func string(
        _ document: JSONSchema, placeholder: @autoclosure @escaping @Sendable () -> Value,
        _ parse: @escaping @Sendable (Substring) throws(Unfit) -> Value
    ) -> Schema {
        Schema(document, placeholder: placeholder(), parse: parse) { (input: inout InputReader) throws(JSONStop) in
            let place = input.json.place()
            let text = try input.json.string()
            do throws(Unfit) { return try parse(text[...]) } catch {
                throw input.json.unfit(at: place, error.code, error.message)
            }
        }
    }
}
