import Glibc
import JSON
import Postgres
import Queue
import Redis
import Runtime
import TestSupport
import Testing

@Suite(.ownStores) struct DeadCommandTests {
    @Test func `dead letters are listed, paged, filtered and shown`() async throws {
        let shed = try await Shed.migrated()
        try await shed.addDead(7)
        try await shed.addDead(2, error: "disk full")
        let first = try await Yardctl.run("dead", "list", "-n", "5", "--json").json
        #expect(first["total"]?.integer == 9)
        let next = try #require(first["next"]?.string)
        let second = try await Yardctl.run("dead", "list", "-n", "5", "--after", next, "--json").json
        let numbers = [first, second].flatMap { $0["letters"]?.numbers ?? [] }
        #expect(numbers.count == 9 && Set(numbers).count == 9)
        #expect(try await Yardctl.run("dead", "list", "--text", "disk", "--json").json["total"]?.integer == 2)
        #expect(try await Yardctl.run("dead", "list", "--queue", "other").output == "No dead letter.\n")
        #expect(try await Yardctl.run("dead", "list", "--since", "1h", "--json").json["total"]?.integer == 9)
        #expect(try await Yardctl.run("dead", "list", "--until", "1h", "--json").json["total"]?.integer == 0)
        let number = try #require(numbers.first)
        let sheet = try await Yardctl.run("dead", "show", "\(number)")
        #expect(sheet.code == .code(0) && sheet.output.contains("run 3 failed: Broken"))
        let job = try #require(first["letters"]?[0]?["job"]?.string)
        #expect(try await Yardctl.run("dead", "show", job, "--json").json["payload"]?["number"]?.integer != nil)
        #expect(try await Yardctl.run("dead", "show", "99999").code == .code(1))
        #expect(try await Yardctl.run("dead", "show", "x").code == .code(2))
        #expect(try await Yardctl.run("dead", "list", "--after", "x").code == .code(2))
    }

    @Test func `what failed alike is one group, and comes back together`() async throws {
        let shed = try await Shed.migrated()
        try await shed.addDead(4)
        try await shed.addDead(3, error: "disk full")
        let groups = try await Yardctl.run("dead", "groups", "--json").json["groups"]
        let group = try #require([groups?[0], groups?[1]].compactMap { $0 }.first { $0["waiting"]?.integer == 3 })
        let name = try #require(group["group"]?.string)
        #expect(try await Yardctl.run("dead", "groups").lines.count == 3)
        #expect(try await Yardctl.run("dead", "retry", "--group", name).output == "Retried 3 jobs.\n")
        try await eventually { try await shed.balance().ready == 3 }
        #expect(try await Yardctl.run("dead", "list", "--json").json["total"]?.integer == 4)
        #expect(try await Yardctl.run("dead", "list", "--retried", "--json").json["total"]?.integer == 7)
    }

    @Test func `single letters are retried once`() async throws {
        let shed = try await Shed.migrated()
        try await shed.addDead(2)
        let letters = try await Yardctl.run("dead", "list", "--json").json["letters"]
        let number = try #require(letters?.numbers.first)
        #expect(try await Yardctl.run("dead", "retry", "\(number)").code == .code(0))
        let again = try await Yardctl.run("dead", "retry", "\(number)", "--json")
        #expect(again.code == .code(1))
        #expect(try again.json["done"]?.integer == 0)
        #expect(try await Yardctl.run("dead", "retry").code == .code(2))
        #expect(try await Yardctl.run("dead", "retry", "1", "--all").code == .code(2))
    }

    @Test func `deleting asks first, and refuses where nobody can answer`() async throws {
        let shed = try await Shed.migrated()
        try await shed.addDead(3)
        let refused = try await Yardctl.run("dead", "delete", "--queue", "chores")
        #expect(refused.code == .code(2) && refused.errors.contains("Delete 3 dead jobs for good?"))
        #expect(try await Yardctl.run("dead", "delete", "--yes").errors.contains("which ones?"))
        #expect(try await Yardctl.run("dead", "list", "--json").json["total"]?.integer == 3)
        #expect(try await Yardctl.run("dead", "delete", "--all", "--yes").output == "Deleted 3 jobs.\n")
        #expect(try await Yardctl.run("dead", "list", "--json").json["total"]?.integer == 0)
    }

    @Test func `at a terminal the question is answered, and a long change shows a bar`() async throws {
        let shed = try await Shed.migrated()
        try await shed.addDead(30)
        let no = try PseudoTerminal(["dead", "delete", "--all"])
        try await no.waitToShow("Delete 30 dead jobs for good? [y/N]")
        no.type("n\n")
        #expect(try await no.waitForExit() == .code(1))
        let yes = try PseudoTerminal(["dead", "delete", "--all", "--rate", "10"])
        try await yes.waitToShow("[y/N]")
        yes.type("y\n")
        try await yes.waitToShow("deleting [")
        try await yes.waitToShow("of 30")
        #expect(try await yes.waitForExit() == .code(0))
        #expect(yes.shown.contains("Deleted 30 jobs."))
    }

    @Test func `an interruption leaves what was done, and says how much that is`() async throws {
        let shed = try await Shed.migrated()
        try await shed.addDead(40)
        let process = try Yardctl.start(["dead", "delete", "--all", "--yes", "--rate", "5"])
        let database = try shed.database()
        try await eventually {
            try await database.one("select count(*) from dead_letters", as: Int.self) < 40
        }
        process.send(SIGINT)
        #expect(try await process.waitForExit() == .code(130))
        let left = try await database.one("select count(*) from dead_letters", as: Int.self)
        #expect((1..<40).contains(left))
        #expect(process.output == "Deleted \(40 - left) of 40 jobs.\n")
    }
}

extension JSONValue {
    /// The numbers of letters in a list.
    var numbers: [Int] {
        guard case .array(let letters) = self else { return [] }
        return letters.compactMap { $0["number"]?.integer }
    }
}
