import Testing

/// The rules of the house, each shown to catch what it forbids, and then applied to all sources.
struct HouseRulesTests {
    private func file(_ text: String, at path: String = "Sources/Shared/Redis/Reply.swift") -> SourceFile {
        SourceFile(path: path, text: text)
    }

    @Test(arguments: ["Sources", "Tests", "bench"])
    func `all files keep the rules on length, names and escapes`(folder: String) throws {
        let files = try SourceFile.all(in: folder)
        #expect(!files.isEmpty)
        #expect(files.flatMap(Length.complaints) == [])
        #expect(files.flatMap(Names.complaints) == [])
        #expect(files.flatMap(Escapes.complaints) == [])
    }

    @Test func `no module imports what the architecture forbids`() throws {
        let files = try SourceFile.all(in: "Sources")
        #expect(files.count > 20)
        #expect(files.flatMap(Imports.complaints) == [])
    }

    @Test(arguments: [
        ("Sources/Shared/Redis/Reply.swift", "import Postgres", "Sources/Shared/Redis may not import Postgres"),
        ("Sources/Shared/Runtime/Loop.swift", "import JSON", "Sources/Shared/Runtime may not import JSON"),
        ("Sources/Shared/HTTP/Server.swift", "import Queue", "Sources/Shared/HTTP may not import Queue"),
        ("Sources/Queue/Take.swift", "import Model", "Sources/Queue may not import Model"),
        ("Sources/Queue/Take.swift", "import HTTP", "Sources/Queue may not import HTTP"),
        ("Sources/API/Main.swift", "import Fanout", "Sources/API may not import Fanout"),
        ("Sources/API/Main.swift", "import Foundation", "Sources/API may not import Foundation"),
        ("Sources/API/Main.swift", "import struct Foundation.Date", "Sources/API may not import Foundation"),
        ("Sources/API/Main.swift", "@preconcurrency package import CCurl", "Sources/API may not import CCurl"),
        ("Sources/Elsewhere/Main.swift", "import Runtime", "no folder of the architecture"),
    ])
    func `a forbidden import is caught`(path: String, line: String, complaint: String) {
        let found = Imports.complaints(about: file("import Glibc\n\(line)\n", at: path))
        #expect(found.count == 1)
        #expect(found.first?.hasSuffix(complaint) == true)
    }

    @Test(arguments: [
        ("Sources/Shared/Redis/Reply.swift", "import CHiredis"),
        ("Sources/Queue/CLI/Main.swift", "import Queue"),
        ("Sources/API/Main.swift", "import Model"),
        ("Sources/Scheduler/Main.swift", "import FoundationEssentials"),
        ("Sources/API/Main.swift", "// import Foundation"),
        ("Sources/API/Main.swift", "let text = \"\"\"\nimport Foundation\n\"\"\""),
    ])
    func `an allowed import passes`(path: String, line: String) {
        #expect(Imports.complaints(about: file(line, at: path)) == [])
    }

    @Test(arguments: [
        "let a = try! f()", "let a = b as! C", "final class A: @unchecked Sendable {}", "nonisolated(unsafe) var a = 1",
    ])
    func `an escape from the compiler needs a comment`(line: String) {
        #expect(Escapes.complaints(about: file("let url = \"http://x\"\n\n\(line)")).count == 1)
        #expect(Escapes.complaints(about: file("// Only the loop's thread touches it.\n\(line)")) == [])
        #expect(Escapes.complaints(about: file("\(line)  // only the loop's thread touches it")) == [])
        #expect(Escapes.complaints(about: file("let said = #\"\(line)\"#")) == [])
    }

    @Test func `a file over 400 lines is caught`() {
        #expect(Length.complaints(about: file(String(repeating: "\n", count: 400))) == [])
        #expect(Length.complaints(about: file(String(repeating: "\n", count: 401))).count == 1)
    }

    @Test(arguments: ["UserManager", "StringUtils", "Base", "ConnectionImpl", "JobInfo", "RowData", "MailService"])
    func `a name that says nothing is caught`(name: String) {
        #expect(Names.complaints(about: file("package final class \(name): Thing {}")).count == 1)
        #expect(Names.complaints(about: file("", at: "Sources/API/\(name).swift")).count == 1)
        #expect(Names.complaints(about: file("", at: "Sources/\(name)/Main.swift")).count == 1)
        #expect(Names.complaints(about: file("", at: "Sources/API/String+\(name).swift")).count == 1)
    }

    @Test(arguments: ["Database", "Baseline", "ServiceAccount", "Information", "DataRow"])
    func `a name that merely holds such a word passes`(name: String) {
        #expect(Names.complaints(about: file("struct \(name) {}", at: "Sources/API/\(name).swift")) == [])
    }
}
