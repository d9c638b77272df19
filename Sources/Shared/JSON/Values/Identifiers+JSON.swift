import Runtime

extension UUID: JSONReadable, JSONWritable {
    public init(json: inout JSONReader) throws(JSONStop) {
        let place = json.place()
        let parsed = try json.withString { text throws(JSONStop) in UUID(text: text) }
        guard let parsed else { throw json.invalid(at: place, "not a UUID") }
        self = parsed
    }

    public func write(json: inout JSONWriter) {
        json.quoted(36) { write(into: $0) }
    }
}

extension ID: JSONReadable, JSONWritable {
    public init(json: inout JSONReader) throws(JSONStop) { self.init(try UUID(json: &json)) }

    public func write(json: inout JSONWriter) { uuid.write(json: &json) }
}

extension UUID: Codable {
    public init(from decoder: any Decoder) throws {
        self =
            try decoder.ownReading(standIn: UUID(high: 0, low: 0))
            ?? decoder.singleValueContainer().parsed(as: "UUID") { UUID($0) }
    }

    public func encode(to encoder: any Encoder) throws {
        if encoder.ownWriting(of: self) { return }
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

extension ID: Codable {
    public init(from decoder: any Decoder) throws { self.init(try UUID(from: decoder)) }

    public func encode(to encoder: any Encoder) throws { try uuid.encode(to: encoder) }
}
