import JSON
import Runtime

/// A hot type, as one writes it by hand.
struct Person: Hashable {
    var name: String
    var born: Int
    var nickname: String?
    var addresses: [Address] = []
}

struct Address: Hashable {
    var street: String
    var zip: Int
}

extension Person: JSONReadable, JSONWritable {
    init(json: inout JSONReader) throws(JSONStop) {
        var name: String?
        var born: Int?
        var nickname: String?
        var addresses: [Address]?
        var object = try json.object()
        while let key = try json.nextKey(&object) {
            switch key {
            case "name": try json.read(&name)
            case "born": try json.read(&born)
            case "nickname": try json.readIfPresent(&nickname)
            case "addresses": try json.read(&addresses)
            default: try json.skip()
            }
        }
        guard let name, let born else { throw json.missing(object, ["name": name, "born": born]) }
        self.init(name: name, born: born, nickname: nickname, addresses: addresses ?? [])
    }

    func write(json: inout JSONWriter) {
        json.object { json in
            json.member("name", name)
            json.member("born", born)
            json.member("nickname", ifPresent: nickname)
            json.member("addresses", addresses)
        }
    }
}

extension Address: JSONReadable, JSONWritable {
    init(json: inout JSONReader) throws(JSONStop) {
        var street: String?
        var zip: Int?
        var object = try json.object()
        while let key = try json.nextKey(&object) {
            switch key {
            case "street": try json.read(&street)
            case "zip": try json.read(&zip)
            default: try json.skip()
            }
        }
        guard let street, let zip else { throw json.missing(object, ["street": street, "zip": zip]) }
        self.init(street: street, zip: zip)
    }

    func write(json: inout JSONWriter) {
        json.object { json in
            json.member("street", street)
            json.member("zip", zip)
        }
    }
}

/// The same shape by way of Codable.
struct CodablePerson: Codable, Hashable {
    struct Address: Codable, Hashable {
        var street: String
        var zip: Int
    }

    var name: String
    var born: Int
    var nickname: String?
    var addresses: [Address]
}

/// What is wrong with a document, each problem as `path code`; empty when nothing is.
func complaints<T: JSONReadable>(
    _ type: T.Type, _ text: String, limits: JSONLimits = .standard
) -> [String] {
    do throws(JSONError) {
        _ = try JSONCoder.decode(type, from: text, limits: limits)
        return []
    } catch {
        return error.problems.map { "\($0.path) \($0.code.rawValue)" }
    }
}

/// The same by way of Codable.
func codableComplaints<T: Decodable>(
    _ type: T.Type, _ text: String, limits: JSONLimits = .standard
) -> [String] {
    do throws(JSONError) {
        _ = try JSONCoder.decode(type, from: text, limits: limits)
        return []
    } catch {
        return error.problems.map { "\($0.path) \($0.code.rawValue)" }
    }
}
