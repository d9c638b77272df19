import Glibc
import TestSupport
import Testing

/// What people hear of each other while it is news, on sockets of different processes.
@Suite(.ownStores)
struct LiveTests {
    @Test func `members hear who says, types, reads and reacts, and who is gone with a dead process`() async throws {
        let system = try await ChatSystem()
        let tokens = try await system.people(3, inGroupsOf: 3)
        let ports = system.ports.map { "\($0)" }.joined(separator: ",")
        let script = "\(Repository.root)/Tests/EndToEndTests/Chat/Peers/chat_live.py"
        let people = try TestProcess("/usr/bin/python3", [script, ports, tokens])
        try await people.waitForLine(containing: "kill me", within: .seconds(600))
        try await system.killAndReplace("api 1")
        #expect(try await people.waitForExit(within: .seconds(600)) == .code(0), "\(people.errors)")
        #expect(
            people.lines == [
                "message hello", "own copy True", "typing 6, to oneself 0", "typing elsewhere validation_failed",
                "receipt True, hidden 0", "reaction 👍 1", "notification True, to others 0",
                "place 50.5, of others forbidden", "later True, over True", "title Another", "opened direct",
                "own change True, to others 0", "hides [None, None]",
                "presence online online", "kill me", "gone True",
            ])
        try await system.stop()
    }
}
