import Runtime
import Testing

@testable import yardctl

@Suite struct ArgumentParserTests {
    private static let command = Command(
        path: "box open", summary: "open boxes",
        parameters: [
            .init(name: "COLOUR", summary: "which", choices: ["red", "green"]),
            .init(name: "BOX", summary: "boxes", isOptional: true, isRepeated: true),
        ],
        options: [
            .init(name: "force", letter: "f", summary: "by force"),
            .init(name: "count", letter: "n", value: "COUNT", summary: "how many"),
            .init(name: "side", value: "SIDE", summary: "from where", choices: ["left", "right"]),
            .at, .in,
        ]
    ) { _, _ in .clean }
    private static let shut = Command(path: "box shut", summary: "shut boxes") { _, _ in .clean }
    private static let plain = Command(path: "status", summary: "how it is") { _, _ in .clean }
    private static let parser = ArgumentParser(commands: [command, shut, plain])

    private func invocation(_ words: String...) throws -> Invocation {
        guard case .run(let invocation) = try Self.parser.parse(words) else { throw UsageError("not run") }
        return invocation
    }

    private func complaint(_ words: String...) -> String {
        do {
            _ = try Self.parser.parse(words)
            return ""
        } catch { return error.description }
    }

    @Test func `options stand in any place, with their values in any form`() throws {
        for words in [
            ["box", "open", "red", "a", "b", "-f", "-n", "3"], ["box", "open", "-fn3", "red", "a", "b"],
            ["--count=3", "box", "open", "red", "--force", "a", "b"], ["box", "-n3", "open", "-f", "red", "a", "b"],
            ["box", "open", "--count", "9", "-f", "-n", "3", "--", "red", "a", "b"],
        ] {
            guard case .run(let found) = try Self.parser.parse(words) else { throw UsageError("not run") }
            #expect(found.command.path == "box open")
            #expect(found.word("COLOUR") == "red")
            #expect(found.words("BOX") == ["a", "b"])
            #expect(found.flag("force"))
            #expect(try found.count("count", in: 1...5) == 3)
        }
    }

    @Test func `what stands behind two dashes is no option`() throws {
        #expect(try invocation("box", "open", "red", "--", "-f", "--count").words("BOX") == ["-f", "--count"])
        #expect(try invocation("box", "open", "red", "-").words("BOX") == ["-"])
    }

    @Test func `each mistake is named, and a near miss gets a hint`() {
        #expect(complaint("bxo", "open").contains("did you mean box?"))
        #expect(complaint("box", "opne").contains("did you mean open?"))
        #expect(complaint("box") == "box what? It knows open and shut")
        #expect(complaint("box", "open", "red", "--cuont", "3").contains("did you mean --count?"))
        #expect(complaint("box", "open", "red", "-x") == "there is no option -x")
        #expect(complaint("box", "open", "red", "--count") == "--count needs COUNT")
        #expect(complaint("box", "open", "red", "--force=yes") == "--force has no value")
        #expect(complaint("box", "open", "ret").contains("not one of red, green; did you mean red?"))
        #expect(complaint("box", "open", "red", "--side", "top").contains("not one of left, right"))
        #expect(complaint("box", "open") == "COLOUR is missing")
        #expect(complaint("status", "now").contains("one word too many"))
        #expect(complaint("--loud").contains("before any command"))
    }

    @Test func `values are checked by their type`() throws {
        let wrong = try invocation("box", "open", "red", "--count", "many", "--in", "soon")
        #expect(throws: UsageError.self) { try wrong.count("count", in: 1...5) }
        #expect(throws: UsageError.self) { try wrong.moment() }
        #expect(throws: UsageError.self) { try invocation("box", "open", "red", "-n", "6").count("count", in: 1...5) }
    }

    @Test func `moments are times or spans from now, and never both`() throws {
        let now = try #require(Timestamp(rfc3339: "2026-05-01T12:00:00Z"))
        let wanted = try #require(Timestamp(rfc3339: "2026-05-01T13:30:00Z"))
        #expect(try invocation("box", "open", "red", "--in", "1h30m").moment(now: now) == wanted)
        for text in ["2026-05-01T13:30:00Z", "2026-05-01 13:30", "2026-05-01T13:30:00", "2026-05-01T15:30:00+02:00"] {
            #expect(try invocation("box", "open", "red", "--at", text).moment(now: now) == wanted)
        }
        #expect(throws: UsageError.self) {
            try invocation("box", "open", "red", "--at", "2026-05-01 13:30", "--in", "1h").moment()
        }
        #expect(throws: UsageError.self) { try invocation("box", "open", "red", "--at", "noon").moment() }
    }

    @Test func `help is asked for anywhere`() throws {
        for words in [[], ["--help"], ["box", "--help"], ["box", "open", "-h"], ["status", "--help"]] {
            guard case .help = try Self.parser.parse(words) else {
                Issue.record("\(words) is no request for help")
                continue
            }
        }
    }

    @Test(arguments: [
        ("queue", "queues", 1), ("lsit", "list", 1), ("", "abc", 3), ("same", "same", 0), ("ab", "cd", 2),
    ])
    func `the distance of words counts exchanged neighbours once`(one: String, other: String, distance: Int) {
        #expect(Suggestion.distance(one, other) == distance)
        #expect(Suggestion.distance(other, one) == distance)
    }

    @Test func `the table of commands is sound`() {
        let paths = CommandTable.all.map(\.path)
        #expect(Set(paths).count == paths.count)
        for command in CommandTable.all {
            let names = command.allOptions.map(\.name), letters = command.allOptions.compactMap(\.letter)
            #expect(Set(names).count == names.count, "\(command.path)")
            #expect(Set(letters).count == letters.count, "\(command.path)")
            #expect(command.words.count <= 2 && !command.summary.hasSuffix("."), "\(command.path)")
            #expect(command.parameters.dropLast().allSatisfy { !$0.isRepeated }, "\(command.path)")
        }
    }
}
