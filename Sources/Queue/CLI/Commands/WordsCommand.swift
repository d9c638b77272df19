import Queue
import Runtime

/// `yardctl words`: what shells offer in a place, a line each. Says nothing when it cannot know.
enum WordsCommand {
    static let command = Command(
        path: "words", summary: "list words for a shell's completion",
        parameters: [.init(name: "OF", summary: "what", choices: ["queues", "workers", "kinds", "commands"])],
        isHidden: true
    ) { invocation, session in
        let words = (try? await words(of: invocation.word("OF"), session)) ?? []
        if !words.isEmpty { session.console.print(words.joined(separator: "\n")) }
        return .clean
    }

    private static func words(of what: String, _ session: Session) async throws -> [String] {
        switch what {
        case "queues": return try await session.directory().queues().map(\.name)
        case "workers": return try await session.workers().workers().map(\.name)
        case "kinds":
            var kinds = Set<String>()
            for queue in try await session.directory().queues() {
                kinds.formUnion(try await session.directory().kinds(of: queue))
            }
            return kinds.sorted()
        default: return CommandTable.all.filter { !$0.isHidden }.map(\.path)
        }
    }
}
