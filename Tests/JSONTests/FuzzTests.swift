import JSON
import Runtime
import Testing

/// Documents that nobody would write. Run with SOAK=1 for a hundred times as many.
struct FuzzTests {
    @Test func `a random tree reads back as itself, and its bytes are stable`() throws {
        var random = SeededRandom.announced()
        for _ in 0..<SeededRandom.rounds(500) {
            let value = JSONValue.random(depth: 5, &random)
            let bytes = try JSONCoder.encode(value)
            let back = try JSONCoder.decode(JSONValue.self, from: bytes)
            #expect(back == value)
            #expect(try JSONCoder.encode(back) == bytes)
            #expect(try JSONCoder.decode(JSONValue.self, from: value.spread(&random)) == value)
            #expect(try JSONCoder.decode(CodableTree.self, from: bytes).value == value)
        }
    }

    @Test func `a random person reads back as itself`() throws {
        var random = SeededRandom.announced()
        for _ in 0..<SeededRandom.rounds(500) {
            let person = Person(
                name: .random(&random), born: Int(truncatingIfNeeded: random.next()),
                nickname: Bool.random(using: &random) ? .random(&random) : nil,
                addresses: (0..<Int.random(in: 0...3, using: &random)).map {
                    Address(street: .random(&random), zip: $0)
                })
            let bytes = try JSONCoder.encode(person)
            #expect(try JSONCoder.decode(Person.self, from: bytes) == person)
            let codable = try JSONCoder.decode(CodablePerson.self, from: bytes)
            #expect(codable.name == person.name && codable.addresses.count == person.addresses.count)
            #expect(try JSONCoder.decode(Person.self, from: JSONCoder.encode(codable)) == person)
        }
    }

    @Test func `a mutated document is read or refused, and all ways to read agree which`() {
        var random = SeededRandom.announced()
        var pool = (SuiteCase.accepted + SuiteCase.refused).map(\.bytes)
        pool.append(Array(ProblemTests.wrong.utf8))
        pool.append(Array(#"{"name":"Ada","born":1815,"addresses":[{"street":"A\u00e9\n","zip":-1e2}]}"#.utf8))
        for _ in 0..<SeededRandom.rounds(6_000) {
            guard var bytes = pool.randomElement(using: &random) else { return }
            for _ in 0..<Int.random(in: 1...4, using: &random) { bytes.mutate(with: pool, &random) }
            check(bytes)
        }
    }

    @Test func `a document cut anywhere, or with any byte put anywhere, does no harm`() {
        let bytes = Array(#"{"name":"A\u00e9🚀","x":[-1.5e+3,true,null],"born":18}"#.utf8)
        for position in bytes.indices {
            check(Array(bytes[..<position]))
            for byte in UInt8.min...UInt8.max {
                var changed = bytes
                changed[position] = byte
                check(changed)
            }
        }
    }

    /// Skipping, a tree and Codable take the same documents; a type by hand calls the same ones broken.
    private func check(_ bytes: [UInt8]) {
        let skips = bytes.withUnsafeBytes { bytes in
            var reader = JSONReader(bytes)
            do throws(JSONStop) {
                try reader.skip()
                try reader.finish()
                return true
            } catch { return false }
        }
        #expect(isWellFormed { _ = try JSONCoder.decode(JSONValue.self, from: bytes) } == skips, "\(bytes)")
        #expect(isWellFormed { _ = try JSONCoder.decode(CodablePerson.self, from: bytes) } == skips, "\(bytes)")
        #expect(isWellFormed { _ = try JSONCoder.decode(Person.self, from: bytes) } == skips, "\(bytes)")
    }

    private func isWellFormed(_ read: () throws -> Void) -> Bool {
        do {
            try read()
        } catch let error as JSONError {
            return !error.isMalformed
        } catch {
            Issue.record("an error of another kind: \(error)")
        }
        return true
    }
}

/// A tree that comes by way of Codable's containers.
private struct CodableTree: Decodable {
    var value: JSONValue

    init(from decoder: any Decoder) throws {
        let single = try decoder.singleValueContainer()
        if single.decodeNil() {
            value = .null
        } else if let bool = try? single.decode(Bool.self) {
            value = .bool(bool)
        } else if let text = try? single.decode(String.self) {
            value = .string(text)
        } else if let elements = try? single.decode([CodableTree].self) {
            value = .array(elements.map(\.value))
        } else if let members = try? single.decode([String: CodableTree].self) {
            value = .object(members.mapValues(\.value))
        } else {
            value = .number(try single.decode(JSONNumber.self))
        }
    }
}
