import JSON
import Runtime

// The types that CodableTests puts through the coder.

enum Colour: String, Codable, CaseIterable { case red, green }

enum Shape: Codable, Equatable {
    case circle(radius: Double, String)
    case nothing
}

struct Everything: Codable, Equatable {
    var flag = true
    var smallest = Int64.min
    var largest = UInt64.max
    var tiny: Int8 = -128
    var short: UInt16 = 65535
    var half: Float = 0.1
    var double = 0.1 + 0.2
    var text = "line\n\"é🚀\""
    var absent: Int?
    var present: Int? = 7
    var nested: [[Int?]] = [[1, nil], []]
    var byName: [String: [Int]] = ["one": [1], "two": []]
    var byNumber: [Int: String] = [7: "seven"]
    var colour = Colour.green
    var shape = Shape.circle(radius: 2, "red")
    var empty = Shape.nothing
    var at = Timestamp(milliseconds: 1_709_208_000_500)
    var uuid = Runtime.UUID.v7()
    var id = ID<Everything>.new()
    var open: JSONValue = ["x": [1, nil, true]]
    var exact = JSONNumber("0.10")
    var set: Set<Int> = [5]
}

struct Pieces: Decodable {
    var colour: Colour
    var at: Timestamp
    var id: ID<Pieces>
    var shape: Shape
    var number: UInt32
}

class Animal: Codable {
    var legs: Int

    init(legs: Int) { self.legs = legs }
}

/// Keeps what it inherits under `super`.
final class Dog: Animal {
    enum CodingKeys: CodingKey { case name }

    var name: String

    init(legs: Int, name: String) {
        self.name = name
        super.init(legs: legs)
    }

    required init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        name = try members.decode(String.self, forKey: .name)
        try super.init(from: members.superDecoder())
    }

    override func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: CodingKeys.self)
        try members.encode(name, forKey: .name)
        try super.encode(to: members.superEncoder())
    }
}

/// Keeps what it inherits in the same object.
final class Cat: Animal {
    enum CodingKeys: CodingKey { case lives }

    var lives: Int

    init(legs: Int, lives: Int) {
        self.lives = lives
        super.init(legs: legs)
    }

    required init(from decoder: any Decoder) throws {
        lives = try decoder.container(keyedBy: CodingKeys.self).decode(Int.self, forKey: .lives)
        try super.init(from: decoder)
    }

    override func encode(to encoder: any Encoder) throws {
        try super.encode(to: encoder)
        var members = encoder.container(keyedBy: CodingKeys.self)
        try members.encode(lives, forKey: .lives)
    }
}

/// Writes to its containers in turn rather than one after the other.
struct Interleaved: Encodable {
    enum Keys: String, CodingKey { case first, list, last, a, b, c, z }

    func encode(to encoder: any Encoder) throws {
        var all = encoder.container(keyedBy: Keys.self)
        var first = all.nestedContainer(keyedBy: Keys.self, forKey: .first)
        var list = all.nestedUnkeyedContainer(forKey: .list)
        _ = all.superEncoder()
        try all.encode("x", forKey: .last)
        try first.encode(1, forKey: .a)
        var inner = list.nestedUnkeyedContainer()
        var object = list.nestedContainer(keyedBy: Keys.self)
        var flags = first.nestedUnkeyedContainer(forKey: .b)
        try inner.encode(contentsOf: [1, 2])
        try list.encode("end")
        try object.encode(0, forKey: .z)
        try first.encode(3, forKey: .c)
        try flags.encode(true)
    }
}

/// Reads part of `Interleaved` by nested containers, last things first.
struct Reversed: Decodable {
    var sum: Int

    init(from decoder: any Decoder) throws {
        let all = try decoder.container(keyedBy: Interleaved.Keys.self)
        var list = try all.nestedUnkeyedContainer(forKey: .list)
        var pair = try list.nestedUnkeyedContainer()
        let object = try list.nestedContainer(keyedBy: Interleaved.Keys.self)
        let first = try all.nestedContainer(keyedBy: Interleaved.Keys.self, forKey: .first)
        sum = try pair.decode(Int.self) + pair.decode(Int.self) + object.decode(Int.self, forKey: .z)
        sum += try first.decode(Int.self, forKey: .c)
    }
}

struct Positive: Decodable {
    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard try container.decode(Int.self) >= 0 else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "negative")
        }
    }
}

/// Two elements of an array.
struct Pair: Decodable {
    var left: Int
    var right: Int

    init(from decoder: any Decoder) throws {
        var both = try decoder.unkeyedContainer()
        left = try both.decode(Int.self)
        right = try both.decode(Int.self)
    }
}

struct Measured: Encodable { var values: [[String: Double]] }

/// Tries what cannot be written, then writes something else.
struct Forgiving: Encodable {
    enum Keys: CodingKey { case value }

    func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: Keys.self)
        do { try members.encode(Double.infinity, forKey: .value) } catch {
            try members.encode("too much", forKey: .value)
        }
    }
}

/// Tells the path of the innermost value.
struct PathTeller: Decodable {
    enum Keys: String, CodingKey { case b, c }

    var path: [String]

    init(from decoder: any Decoder) throws {
        guard let outer = try? decoder.container(keyedBy: Keys.self) else {
            path = []
            return
        }
        let inner = try outer.nestedContainer(keyedBy: Keys.self, forKey: .b)
        path = try inner.superDecoder(forKey: .c).codingPath.map(\.stringValue)
    }
}

struct PathWriter: Encodable {
    enum Keys: String, CodingKey { case inside = "in" }

    func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: Keys.self)
        let place = members.superEncoder(forKey: .inside)
        var text = place.singleValueContainer()
        try text.encode(place.codingPath.map(\.stringValue).joined(separator: "."))
    }
}

struct Keeper: Decodable {
    var decoder: any Decoder

    init(from decoder: any Decoder) { self.decoder = decoder }
}

struct CodablePoint: Codable, JSONReadable, JSONWritable {
    var x: Int
    var y: Int
}

/// By hand, with a Codable member.
struct Wrapper: JSONReadable, JSONWritable {
    var inner: CodablePoint

    init(inner: CodablePoint) { self.inner = inner }

    init(json: inout JSONReader) throws(JSONStop) {
        var inner: CodablePoint?
        var object = try json.object()
        while let key = try json.nextKey(&object) {
            if key == "inner" { try json.read(&inner) } else { try json.skip() }
        }
        guard let inner else { throw json.missing(object, ["inner": inner]) }
        self.inner = inner
    }

    func write(json: inout JSONWriter) {
        json.object { json in json.member("inner", inner) }
    }
}

/// Takes whatever comes.
enum Loose: Decodable, Equatable {
    case number(Int)
    case text(String)
    case list([Loose])

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if let number = try? value.decode(Int.self) {
            self = .number(number)
        } else if let text = try? value.decode(String.self) {
            self = .text(text)
        } else {
            self = .list(try value.decode([Loose].self))
        }
    }
}

/// Knows an older name of its member, and the errors that Codable has for its lack.
struct Renamed: Decodable {
    enum Keys: CodingKey { case new, old }

    var new: Int

    init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: Keys.self)
        do { new = try members.decode(Int.self, forKey: .new) } catch DecodingError.keyNotFound {
            new = try members.decode(Int.self, forKey: .old)
        }
    }
}
