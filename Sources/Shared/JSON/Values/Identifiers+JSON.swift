import Runtime

extension UUID: JSONReadable, JSONWritable {
    package init(json: inout JSONReader) throws(JSONStop) {
        let place = json.place()
        let parsed = try json.withString { text throws(JSONStop) in UUID(text: text) }
        guard let parsed else { throw json.invalid(at: place, "not a UUID") }
        self = parsed
    }

    package func write(json: inout JSONWriter) {
        json.quoted(36) { write(into: $0) }
    }
}

extension ID: JSONReadable, JSONWritable {
    package init(json: inout JSONReader) throws(JSONStop) { self.init(try UUID(json: &json)) }

    package func write(json: inout JSONWriter) { uuid.write(json: &json) }
}

extension UUID: Codable {
    package init(from decoder: any Decoder) throws {
        self =
            try decoder.ownReading(standIn: UUID(high: 0, low: 0))
            ?? decoder.singleValueContainer().parsed(as: "UUID") { UUID($0) }
    }

    package func encode(to encoder: any Encoder) throws {
        if encoder.ownWriting(of: self) { return }
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

extension ID: Codable {
    package init(from decoder: any Decoder) throws { self.init(try UUID(from: decoder)) }

    package func encode(to encoder: any Encoder) throws { try uuid.encode(to: encoder) }
}
