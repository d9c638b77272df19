import Foundation
import TestSupport
import Testing

/// `.env.example` is the list of all variables: an operator finds there whatever the code reads.
struct EnvironmentExampleTests {
    private let variables: [String]

    init() throws {
        let text = try String(contentsOfFile: Repository.root + "/.env.example", encoding: .utf8)
        variables = text.matches(of: /(?m)^#([A-Z][A-Z0-9_]+)=/).map { String($0.1) }
    }

    @Test func `every variable that the sources read is listed`() throws {
        let read = try SourceFile.all(in: "Sources").flatMap { file in
            file.lines.joined(separator: "\n")
                .matches(of: /\.(?:read|require|readIfSet|secret)\(\s*"([A-Z][A-Z0-9_]+)"/).map { String($0.1) }
        }
        #expect(read.contains("LOG_LEVEL"))
        #expect(Set(read).subtracting(variables).sorted() == [])
    }

    @Test func `none is listed twice`() {
        #expect(variables.count > 100)
        #expect(Dictionary(grouping: variables) { $0 }.filter { $1.count > 1 }.keys.sorted() == [])
    }
}
