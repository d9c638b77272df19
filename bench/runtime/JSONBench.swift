import BenchSupport
import JSON
import Runtime

func measureJSON(into figures: inout Figures) async throws {
    let item = Item(
        id: 12_345, name: "Ada Lovelace", email: "ada@example.org", active: true, score: 98.5, tags: ["math", "poetry"])
    let bytes = try JSONCoder.encode(item)
    let rounds = 200_000
    // Used in the end, so that no work is left out.
    var sum = 0
    let decode = try await median {
        try await cpuNanoseconds(per: rounds) {
            for _ in 0..<rounds { sum += try JSONCoder.decode(Item.self, from: bytes).id }
        }
    }
    figures.add("jsonDecodeNs", decode, digits: 0, "6 fields by hand, up to 500")
    var buffer = ByteBuffer(capacity: 1024)
    let encode = try await median {
        try await cpuNanoseconds(per: rounds) {
            for _ in 0..<rounds {
                buffer.clear()
                try JSONCoder.encode(item, to: &buffer)
            }
        }
    }
    figures.add("jsonEncodeNs", encode, digits: 0, "6 fields by hand, up to 500")
    let codable = try await median {
        try await cpuNanoseconds(per: rounds) {
            for _ in 0..<rounds { sum += try JSONCoder.decode(CodableItem.self, from: bytes).id }
        }
    }
    precondition(sum > 0)
    figures.add("jsonCodableDecodeNs", codable, digits: 0, "the same through Codable, up to 1500")
}

/// The object that is read and written: six fields, one of them a list.
private struct Item {
    let id: Int
    let name: String
    let email: String
    let active: Bool
    let score: Double
    let tags: [String]
}

private struct CodableItem: Codable, JSONReadable, JSONWritable {
    let id: Int
    let name: String
    let email: String
    let active: Bool
    let score: Double
    let tags: [String]
}

extension Item: JSONReadable, JSONWritable {
    init(json: inout JSONReader) throws(JSONStop) {
        var id: Int?, name: String?, email: String?, active: Bool?, score: Double?, tags: [String]?
        var object = try json.object()
        while let key = try json.nextKey(&object) {
            switch key {
            case "id": try json.read(&id)
            case "name": try json.read(&name)
            case "email": try json.read(&email)
            case "active": try json.read(&active)
            case "score": try json.read(&score)
            case "tags": try json.read(&tags)
            default: try json.skip()
            }
        }
        guard let id, let name, let email, let active, let score, let tags else {
            throw json.missing(
                object,
                ["id": id, "name": name, "email": email, "active": active, "score": score, "tags": tags])
        }
        self.init(id: id, name: name, email: email, active: active, score: score, tags: tags)
    }

    func write(json: inout JSONWriter) {
        json.object { json in
            json.member("id", id)
            json.member("name", name)
            json.member("email", email)
            json.member("active", active)
            json.member("score", score)
            json.member("tags", tags)
        }
    }
}
