import JSON

extension Schema {
    public static func list<Element>(
        of element: Schema<Element>, _ count: ClosedRange<Int>
    ) -> Schema where Value == [Element] {
        Schema(
            .array(of: element.document, count: count), placeholder: []
        ) { (input: inout InputReader) throws(JSONStop) in try input.list(of: element, count) }
    }

    /// The same without repetitions.
    public static func list<Element: Hashable>(
        ofDifferent element: Schema<Element>, _ count: ClosedRange<Int>
    ) -> Schema where Value == [Element] {
        Schema(
            .array(of: element.document, count: count, isUnique: true), placeholder: []
        ) { (input: inout InputReader) throws(JSONStop) in
            let place = input.json.place()
            let elements = try input.list(of: element, count)
            guard Set(elements).count == elements.count else {
                throw input.json.unfit(at: place, .notUnique, "a value stands there twice")
            }
            return elements
        }
    }

    /// An object with members of its own.
    public static func object(_ type: Value.Type = Value.self) -> Schema where Value: RouteInput {
        let plan = InputDescription(of: type).plan
        return Schema(
            .named(InputDescription.name(of: type)) { InputDescription(of: type).body }, placeholder: .placeholder
        ) { (input: inout InputReader) throws(JSONStop) in try input.object(type, plan) }
    }
}

extension JSONSchema {
    public static func named(_ name: String, _ schema: @escaping @Sendable () -> JSONSchema) -> JSONSchema {
        JSONSchema(.named(name, schema))
    }
}

extension InputReader {
    /// The elements are all looked at, so that all their faults are known.
    fileprivate mutating func list<Element>(
        of element: Schema<Element>, _ count: ClosedRange<Int>
    ) throws(JSONStop) -> [Element] {
        let place = json.place()
        var elements: [Element] = []
        var isWhole = true
        var array = try json.array()
        while try json.nextElement(&array) {
            guard elements.count < count.upperBound else {
                throw json.unfit(at: place, .tooMany, "at most \(count.upperBound)")
            }
            let (value, isSound) = try take(element)
            elements.append(value)
            isWhole = isWhole && isSound
        }
        guard elements.count >= count.lowerBound else {
            throw json.unfit(at: place, .tooFew, "at least \(count.lowerBound)")
        }
        // What is wrong was noted; the caller only has to know.
        if !isWhole { throw .unusable }
        return elements
    }
}
