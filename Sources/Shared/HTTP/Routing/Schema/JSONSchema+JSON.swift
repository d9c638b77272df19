import JSON

extension JSONSchema: JSONWritable {
    public func write(json: inout JSONWriter) {
        if isNullable, isReference {
            return json.object { json in
                json.key("oneOf")
                json.array { json in
                    json.object { json in writeMembers(&json) }
                    json.object { json in json.member("type", "null") }
                }
                json.member("description", ifPresent: text)
            }
        }
        json.object { json in
            writeMembers(&json)
            json.member("description", ifPresent: text)
            json.member("default", ifPresent: standard)
            if let example { json.member("examples", [example]) }
            if isWriteOnly { json.member("writeOnly", true) }
        }
    }

    private var isReference: Bool {
        switch form {
        case .named, .oneOf: true
        default: false
        }
    }

    private func writeMembers(_ json: inout JSONWriter) {
        switch form {
        case .any: break
        case .bool: write("boolean", &json)
        case .integer(let range): write(range, &json)
        case .number(let range):
            write("number", &json)
            if range.lowerBound.isFinite { json.member("minimum", range.lowerBound) }
            if range.upperBound.isFinite { json.member("maximum", range.upperBound) }
        case .string(let form): write(form, &json)
        case .array(let element, let count, let isUnique):
            write("array", &json)
            json.member("items", element)
            if count.lowerBound > 0 { json.member("minItems", count.lowerBound) }
            if count.upperBound < Int.max { json.member("maxItems", count.upperBound) }
            if isUnique { json.member("uniqueItems", true) }
        case .object(let members): write(members, &json)
        case .map(let element):
            write("object", &json)
            json.member("additionalProperties", element)
        case .oneOf(let schemas): json.member("oneOf", schemas)
        case .named(let name, _): json.member("$ref", "#/components/schemas/\(name)")
        }
    }

    private func write(_ type: String, _ json: inout JSONWriter) {
        json.key("type")
        if isNullable { json.write([type, "null"]) } else { json.write(type) }
    }

    private func write(_ range: ClosedRange<Int64>, _ json: inout JSONWriter) {
        write("integer", &json)
        json.member("format", "int64")
        if range.lowerBound > Int64.min { json.member("minimum", range.lowerBound) }
        if range.upperBound < Int64.max { json.member("maximum", range.upperBound) }
    }

    private func write(_ form: Text, _ json: inout JSONWriter) {
        write("string", &json)
        json.member("format", ifPresent: form.format)
        json.member("pattern", ifPresent: form.pattern)
        if form.length.lowerBound > 0 { json.member("minLength", form.length.lowerBound) }
        if form.length.upperBound < Int.max { json.member("maxLength", form.length.upperBound) }
        guard let choices = form.choices else { return }
        json.member("enum", choices.map { JSONValue.string($0) } + (isNullable ? [.null] : []))
    }

    private func write(_ members: [Member], _ json: inout JSONWriter) {
        write("object", &json)
        json.key("properties")
        json.object { json in
            for member in members {
                json.key(member.name)
                json.write(member.schema)
            }
        }
        let required = members.filter(\.isRequired).map(\.name)
        if !required.isEmpty { json.member("required", required) }
    }
}
