import Glibc
import Runtime
import Synchronization

/// The life of one call: understand the words, do what they say, end with a code that scripts can use.
enum Program {
    static func run(_ words: [String]) -> Never {
        // Before any thread: all of them leave signals to the one that waits for them.
        Interruption.prepare()
        let loops = LoopGroup(count: 1)
        let session = Session(console: .ofProcess(), environment: .ofProcess(), loops: loops)
        let outcome = Mutex(ExitCode.software)
        let ended = Semaphore()
        let task = loops.loops[0].spawn {
            let code = await answer(words, session)
            outcome.withLock { $0 = code }
            ended.signal()
        }
        Interruption.watch { task.cancel() }
        ended.wait()
        Terminal.restore()
        _exit(Interruption.code(orElse: Console.code(orElse: outcome.withLock { $0 })).rawValue)
    }

    private static func answer(_ words: [String], _ session: Session) async -> ExitCode {
        do {
            switch try ArgumentParser(commands: CommandTable.all).parse(words) {
            case .help(let commands, let group):
                session.console.print(Help(console: session.console).text(about: commands, group: group))
                return .clean
            case .run(let invocation):
                let code = await code(of: invocation, session)
                await OperatorTrail.keep(invocation, code, session)
                return code
            }
        } catch {
            return tell(error, session)
        }
    }

    private static func code(of invocation: Invocation, _ session: Session) async -> ExitCode {
        do { return try await invocation.command.run(invocation, session) } catch { return tell(error, session) }
    }

    private static func tell(_ error: any Error, _ session: Session) -> ExitCode {
        let verdict = Verdict(of: error, session)
        if !verdict.text.isEmpty { session.console.note(verdict.text) }
        return verdict.code
    }
}
