import TestSupport
import Testing

@Suite(.ownStores)
struct OwnStoresTests {
    @Test(arguments: 1...3) func `each case has an empty database of its own`(number: Int) async throws {
        let stores = try TestStores.current
        try await Psql.run("create table mine (id int)", on: stores.databaseURL)
        let name = try await Psql.run("select current_database()", on: stores.databaseURL)
        #expect(name.hasPrefix("test_"))
    }

    @Test func `the prefix stays the same within a test and differs between tests`() async throws {
        #expect(try TestStores.current.redisPrefix == TestStores.current.redisPrefix)
        #expect(try TestStores.current.redisPrefix != TestStores.newPrefix())
    }

    @Test func `a database goes with its test`() async throws {
        let names = try await Psql.run("select datname from pg_database", on: TestStores.current.databaseURL)
        var gone: String?
        try await OwnStores.lending { stores in
            gone = try await Psql.run("select current_database()", on: stores.databaseURL)
        }
        let name = try #require(gone)
        let left = try await Psql.run(
            "select count(*) from pg_database where datname = '\(name.dropLast())'", on: TestStores.current.databaseURL)
        #expect(!names.contains(name) && left == "0\n")
    }
}

struct SeedTests {
    @Test func `a seed repeats its numbers`() {
        var first = Seed(7)
        var second = Seed(7)
        let numbers = (0..<8).map { _ in first.next() }
        #expect(numbers == (0..<8).map { _ in second.next() })
        #expect(Set(numbers).count == 8)
    }
}

struct FiguresTests {
    @Test func `an open descriptor and touched memory show in an exit test`() async {
        await #expect(processExitsWith: .success) {
            ExitTestProcess.speakUp()
            let before = FileDescriptors.count
            let hole = try BlackHole()
            // What the process opens and closes by itself may be seen by a look, not by all of them.
            try await eventually("one descriptor more") { FileDescriptors.count == before + 1 }
            #expect(hole.port > 0)
            let memory = Memory.privateKilobytes
            let bytes = [UInt8](repeating: 1, count: 32 << 20)
            #expect(Memory.privateKilobytes - memory > 30 << 10)
            #expect(bytes.last == 1)
        }
    }
}
