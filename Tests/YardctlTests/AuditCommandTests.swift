import JSON
import Postgres
import Queue
import Runtime
import TestSupport
import Testing

@Suite(.ownStores) struct AuditCommandTests {
    @Test func `what operators change is in the audit log, and what they only look at is not`() async throws {
        let shed = try await Shed.migrated()
        try await shed.addDead(1)
        try await Yardctl.run("enqueue", "chore.do", "--queue", "chores")
        #expect(try await Yardctl.run("pause", "chores").code == .code(0))
        try await Yardctl.run("queues")
        try await Yardctl.run("limits", "chores")
        try await Yardctl.run("limits", "chores", "--rate", "5")
        try await Yardctl.run("dead", "delete", "--all")
        let kept = try await Yardctl.run("audit", "--action", "operator.", "--json").json["entries"]
        #expect(kept?[0]?["details"]?["command"] == "limits" && kept?[0]?["details"]?["said"]?["rate"] == "5")
        #expect(kept?[1]?["details"]?["command"] == "pause" && kept?[1]?["details"]?["said"]?["QUEUE"] == "chores")
        #expect(kept?[1]?["details"]?["operator"]?.string?.contains("@") == true)
        #expect(kept?[2]?["details"]?["command"] == "enqueue" && kept?[3] == nil)
        let page = try await Yardctl.run("audit", "-n", "1")
        #expect(page.lines.count == 2 && page.errors.contains("There is more"))
    }

    @Test func `a bulk change is listed, and stopped once`() async throws {
        let shed = try await Shed.migrated()
        try await shed.addDead(3)
        let durable = try shed.durable()
        let operation = try await LetterOperations(durable.database).begin(
            .retry, DeadLetterFilter(), perSecond: 1, by: "ada", letters: DeadLetters(durable), on: durable.database)
        let listed = try await Yardctl.run("dead", "operations", "--json").json["operations"]
        #expect(listed?[0]?["state"] == "running" && listed?[0]?["total"] == 3)
        #expect(try await Yardctl.run("dead", "stop", "\(operation.id)").output == "Stopped.\n")
        #expect(try await Yardctl.run("dead", "stop", "\(operation.id)").code == .code(1))
        #expect(try await Yardctl.run("dead", "operations").output.contains("cancelled"))
        #expect(try await Yardctl.run("dead", "stop", "x").code == .code(2))
    }
}
