import Glibc
import Runtime
import Testing

/// Whole processes, each a child of the test's.
@Suite struct LaunchTests {
    struct Settings: ConfigGroup {
        let port: Int
        let store: Runtime.URL

        init(from reader: inout ConfigReader) {
            port = reader.read("PORT", .int(in: 1...65535), default: 8080)
            store = reader.require("STORE", .url("redis"), example: "redis://localhost")
        }

        static let good = ConfigEnvironment(["STORE": "redis://h", "LOOPS": "2", "LOG_LEVEL": "debug"])
    }

    @Test func `every complaint is a line on stderr and the code is 78`() async throws {
        let result = await #expect(processExitsWith: .exitCode(78), observing: [\.standardErrorContent]) {
            let environment = ConfigEnvironment(["PORT": "x", "LOG_LEVEL": "y", "LOOPS": "z", "GRACE_PERIOD": "?"])
            Launch.run("test", environment: environment, Settings.self) { _, _ in [] }
        }
        let lines = String(decoding: try #require(result).standardErrorContent, as: UTF8.self).split(separator: "\n")
        #expect(lines.map { $0.prefix { $0 != ":" } } == ["LOG_LEVEL", "GRACE_PERIOD", "LOOPS", "PORT", "STORE"])
    }

    @Test func `SIGTERM ends it cleanly and the log is whole`() async throws {
        let result = await #expect(processExitsWith: .exitCode(0), observing: [\.standardOutputContent]) {
            Launch.run("test", environment: Settings.good, Settings.self) { settings, launch in
                let part = Component("part", start: { launch.log.info("part on", ["port": .int(settings.port)]) })
                return [part, Component("end", start: { kill(getpid(), SIGTERM) })]
            }
        }
        let output = String(decoding: try #require(result).standardOutputContent, as: UTF8.self)
        for text in [#""port":8080"#, #""asked to stop","process":"test""#, #""part":"part","took""#, #""exit":0"#] {
            #expect(output.contains(text), "\(text) is missing in \(output)")
        }
    }

    @Test func `parts are made and started on an event loop`() async {
        await #expect(processExitsWith: .exitCode(0)) {
            Launch.run("test", environment: Settings.good, Settings.self) { _, launch in
                precondition(EventLoop.current != nil)
                return [
                    Component("part") {
                        precondition(EventLoop.current != nil)
                        launch.lifecycle.stop()
                    }
                ]
            }
        }
    }

    @Test func `a failing start ends it with 70`() async {
        await #expect(processExitsWith: .exitCode(70)) {
            Launch.run("test", environment: Settings.good, Settings.self) { _, _ in
                [Component("part") { throw CancellationError() }]
            }
        }
        await #expect(processExitsWith: .exitCode(70)) {
            Launch.run("test", environment: Settings.good, Settings.self) { _, _ in throw CancellationError() }
        }
    }

    @Test func `a second SIGTERM ends it although its loops are stuck`() async {
        await #expect(processExitsWith: .exitCode(143)) {
            Launch.run("test", environment: Settings.good, Settings.self) { _, launch in
                let stuck = Component("stuck") {
                    kill(getpid(), SIGTERM)
                } stop: {
                    kill(getpid(), SIGTERM)
                    while true { pause() }
                }
                return [stuck]
            }
        }
    }

    @Test func `the grace period ends it although its loops are stuck`() async {
        await #expect(processExitsWith: .exitCode(75)) {
            let environment = ConfigEnvironment(["STORE": "redis://h", "GRACE_PERIOD": "1s"])
            Launch.run("test", environment: environment, Settings.self) { _, launch in
                launch.lifecycle.stop()
                while true { pause() }
            }
        }
    }

    @Test func `what was logged before a crash is written`() async throws {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardOutputContent]) {
            Launch.run("test", environment: Settings.good, Settings.self) { _, launch in
                // Less than a pipe holds: the test runner may be slow to read.
                for turn in 0..<200 { launch.log.info("before", ["turn": .int(turn)]) }
                fatalError("on purpose")
            }
        }
        let output = String(decoding: try #require(result).standardOutputContent, as: UTF8.self)
        #expect(output.contains(#""turn":199"#))
    }

    @Test func `a program that we start can be stopped`() async {
        await #expect(processExitsWith: .exitCode(0)) {
            Launch.run("test", environment: Settings.good, Settings.self) { _, launch in
                var blocked = sigset_t()
                pthread_sigmask(SIG_BLOCK, nil, &blocked)
                precondition(sigismember(&blocked, SIGTERM) == 0, "a child would inherit a blocked SIGTERM")
                launch.lifecycle.stop()
                return []
            }
        }
    }
}
