import JSON
import Runtime

extension JSONSchema {
    /// What in `value` is not as the schema says, with paths; members that it does not know count too.
    public func faults(in value: JSONValue, at path: String = "") -> [String] {
        if value.isNull, isNullable { return [] }
        switch (form, value) {
        case (.any, _), (.bool, .bool): return []
        case (.integer(let range), .number(let number)):
            return number.integer(Int64.self).map { range.contains($0) } == true ? [] : fault(path, "out of range")
        case (.number(let range), .number(let number)):
            return range.contains(number.double) ? [] : fault(path, "out of range")
        case (.string(let form), .string(let text)):
            return form.accepts(text) ? [] : fault(path, "“\(text)” does not fit")
        case (.array(let element, let count, _), .array(let elements)):
            guard count.contains(elements.count) else { return fault(path, "\(elements.count) elements") }
            return elements.enumerated().flatMap { element.faults(in: $1, at: "\(path)[\($0)]") }
        case (.object(let members), .object(let values)): return Self.faults(members, values, path)
        case (.map(let element), .object(let values)):
            return values.flatMap { element.faults(in: $1, at: path.isEmpty ? $0 : "\(path).\($0)") }
        case (.oneOf(let schemas), _):
            let fitting = schemas.count { $0.faults(in: value, at: path).isEmpty }
            return fitting == 1 ? [] : fault(path, "fits \(fitting) of \(schemas.count) forms")
        case (.named(_, let schema), _): return schema().faults(in: value, at: path)
        default: return fault(path, "of another type")
        }
    }

    private func fault(_ path: String, _ text: String) -> [String] { ["\(path.isEmpty ? "the body" : path): \(text)"] }

    private static func faults(
        _ members: [Member], _ values: [String: JSONValue], _ path: String
    ) -> [String] {
        let prefix = path.isEmpty ? "" : path + "."
        var faults = Set(values.keys).subtracting(members.map(\.name)).sorted().map { "\(prefix)\($0): not declared" }
        for member in members {
            if let value = values[member.name] {
                faults += member.schema.faults(in: value, at: prefix + member.name)
            } else if member.isRequired {
                faults.append("\(prefix)\(member.name): missing")
            }
        }
        return faults
    }
}

extension JSONSchema.Text {
    fileprivate func accepts(_ text: String) -> Bool {
        guard length.contains(text.unicodeScalars.count) else { return false }
        if let choices { return choices.contains(text) }
        switch format {
        case "uuid": return UUID(text) != nil
        case "date-time": return Timestamp(rfc3339: text) != nil
        default: return true
        }
    }
}
