import JSON

/// What a client says: `{"id":"c1","type":"message.send","data":{…}}`.
struct RealtimeMessage: JSONReadable, Sendable {
    /// Comes back with the answer. Without one there is none, unless something is wrong.
    let id: String?
    let type: String
    /// JSON, for whoever knows the type.
    let data: [UInt8]

    init(json: inout JSONReader) throws(JSONStop) {
        var id: String?
        var type: String?
        var data: [UInt8]?
        var object = try json.object()
        while let key = try json.nextKey(&object) {
            switch key {
            case "id": try json.readIfPresent(&id)
            case "type": try json.read(&type)
            case "data": data = Array(try json.raw())
            default: try json.skip()
            }
        }
        guard let type else { throw json.missing(object, ["type": type]) }
        self.id = id
        self.type = type
        self.data = data ?? Array("{}".utf8)
    }
}

/// What is answered: `{"replyTo":"c1","type":"ok"|"error","data":{…}}`.
enum RealtimeReply {
    static func ok(_ data: any JSONWritable, to id: String) throws -> [UInt8] {
        try JSONCoder.encode(Reply(replyTo: id, type: "ok", data: data))
    }

    static func error(_ problem: some JSONWritable, to id: String?) throws -> [UInt8] {
        try JSONCoder.encode(Reply(replyTo: id, type: "error", data: problem))
    }

    private struct Reply: JSONWritable {
        let replyTo: String?
        let type: String
        let data: any JSONWritable

        func write(json: inout JSONWriter) {
            json.object { json in
                json.member("replyTo", replyTo)
                json.member("type", type)
                json.key("data")
                json.write(data)
            }
        }
    }
}
