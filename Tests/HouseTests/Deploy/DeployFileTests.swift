import Foundation
import TestSupport
import Testing

/// The files to deploy with, read by the programs that they are for, as far as Debian has those.
struct DeployFileTests {
    private static let deploy = "\(Repository.root)/deploy"

    private func run(_ program: String, _ arguments: [String]) async throws -> TestProcess {
        let process = try TestProcess(program, arguments)
        try await process.waitForExit()
        return process
    }

    @Test func `Prometheus takes the alerts, and they fire when they should`() async throws {
        for arguments in [["check", "rules", "alerts.yml"], ["test", "rules", "alerts.test.yml"]] {
            let path = "\(Self.deploy)/prometheus/\(arguments[2])"
            let told = try await run("promtool", Array(arguments.prefix(2)) + [path])
            #expect(try await told.waitForExit() == .code(0), "\(told.output) \(told.errors)")
        }
        let config = try await run("promtool", ["check", "config", "\(Self.deploy)/prometheus/prometheus.yml"])
        #expect(try await config.waitForExit() == .code(0), "\(config.output) \(config.errors)")
    }

    @Test func `nginx takes its configuration`() async throws {
        let checked = try await run("\(Self.deploy)/check", ["nginx"])
        #expect(try await checked.waitForExit() == .code(0), "\(checked.output) \(checked.errors)")
    }

    @Test func `the manifests are what they say, and name what there is`() async throws {
        let checked = try await run("\(Self.deploy)/check", ["manifests"])
        #expect(try await checked.waitForExit() == .code(0), "\(checked.output) \(checked.errors)")
    }

    /// Where systemd is not installed nobody can say.
    @Test(.enabled(if: access("/usr/bin/systemd-analyze", X_OK) == 0))
    func `systemd takes the units`() async throws {
        let checked = try await run("\(Self.deploy)/check", ["units"])
        #expect(try await checked.waitForExit() == .code(0), "\(checked.output) \(checked.errors)")
    }
}
