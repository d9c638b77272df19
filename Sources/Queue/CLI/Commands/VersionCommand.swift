import JSON
import Runtime

/// `yardctl version`
enum VersionCommand {
    static let version = "dev"

    static let command = Command(path: "version", summary: "print the version") { invocation, session in
        if invocation.wantsJSON {
            session.console.print(["version": .string(version)])
        } else {
            session.console.print("yardctl \(version)")
        }
        return .clean
    }
}
