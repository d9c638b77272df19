import Runtime
import TestSupport
import Testing

@testable import Postgres

/// In processes of their own, since other tests open and close things beside them.
@Suite struct LeakTests {
    @Test(.measuresMemory) func `a hundred thousand operations leave neither memory nor descriptors behind`() async {
        await #expect(processExitsWith: .success) {
            ExitTestProcess.speakUp()
            var config = DatabaseConfig(url: try TestStores.current.databaseURL)
            config.poolSize = 4
            let database = Database(config, loops: Arrangement.oneLoop, threads: Arrangement.threads)
            @Sendable func work(_ count: Int) async throws {
                for number in 0..<count {
                    let bytes = [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: 200)
                    let (back, _): (Int, [UInt8]) = try await database.one("select \(number), \(bytes)")
                    precondition(back == number)
                    if number % 50 == 0 {
                        _ = try? await database.run("select 1 / \(0)")
                        _ = try? await database.run("select pg_sleep(1)", within: .milliseconds(1))
                        try await database.transaction { try await $0.run("select \(number)") }
                    }
                }
            }
            @Sendable func together(_ count: Int) async throws {
                try await Task(executorPreference: Arrangement.oneLoop.loops[0]) {
                    try await withThrowingTaskGroup { group in
                        for _ in 0..<16 { group.addTask { try await work(count / 16) } }
                        try await group.waitForAll()
                    }
                }.value
            }
            try await together(16_000)
            let descriptors = FileDescriptors.count
            let growth = try await Memory.growth(below: 4096) { try await together(100_000) }
            #expect(growth < 4096, "\(growth) KB more")
            let more = FileDescriptors.count - descriptors
            #expect(more <= 1, "\(more) descriptors more")
            await database.close()
        }
    }

    @Test(.measuresMemory) func `a hundred connections that come and go leave nothing behind`() async {
        await #expect(processExitsWith: .success) {
            ExitTestProcess.speakUp()
            let url = try TestStores.current.databaseURL
            func comeAndGo(_ count: Int) async throws {
                for _ in 0..<count {
                    let database = Database(
                        DatabaseConfig(url: url), loops: Arrangement.oneLoop, threads: Arrangement.threads)
                    try await database.check()
                    await database.close()
                }
            }
            try await comeAndGo(10)
            let descriptors = FileDescriptors.count
            let growth = try await Memory.growth(below: 2048) { try await comeAndGo(100) }
            #expect(growth < 2048, "\(growth) KB more")
            try await eventually("as many descriptors as before") { FileDescriptors.count <= descriptors }
        }
    }
}
