import JSON
import Runtime
import Testing

/// Every document of the well-known conformance suite, through each way there is to read one.
struct ConformanceTests {
    @Test(arguments: SuiteCase.accepted)
    func `a valid document is read, and reads the same after it was written`(_ document: SuiteCase) throws {
        let value = try JSONCoder.decode(JSONValue.self, from: document.bytes)
        let written = try JSONCoder.encode(value)
        #expect(try JSONCoder.decode(JSONValue.self, from: written) == value)
    }

    @Test(arguments: SuiteCase.accepted)
    func `a valid document can be skipped whole`(_ document: SuiteCase) throws {
        let bytes = document.bytes
        try bytes.withUnsafeBytes { bytes in
            var reader = JSONReader(bytes)
            try reader.skip()
            try reader.finish()
            #expect(reader.problems().isEmpty)
        }
    }

    @Test(arguments: SuiteCase.refused + SuiteCase.refusedStructures)
    func `an invalid document is refused as malformed`(_ document: SuiteCase) {
        let error = #expect(throws: JSONError.self) {
            try JSONCoder.decode(JSONValue.self, from: document.bytes)
        }
        #expect(error?.isMalformed == true)
        #expect(error?.problems.count == 1, "a broken document has one problem: where it broke")
    }

    @Test(arguments: SuiteCase.refused + SuiteCase.refusedStructures)
    func `an invalid document cannot be skipped either`(_ document: SuiteCase) {
        let bytes = document.bytes
        bytes.withUnsafeBytes { bytes in
            var reader = JSONReader(bytes)
            #expect(throws: JSONStop.malformed) {
                try reader.skip()
                try reader.finish()
            }
        }
    }

    @Test func `the table holds the whole suite`() {
        let all = SuiteCase.accepted + SuiteCase.refused + SuiteCase.refusedStructures
        #expect(Set(all.map(\.name)).count == all.count)
        #expect(all.count { $0.name.hasPrefix("y_") } == 95)
        #expect(all.count { $0.name.hasPrefix("n_") } == 192)
        #expect(all.count { $0.name.hasPrefix("i_") } == 35)
    }
}
