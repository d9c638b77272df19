import CSandbox
import CVips
import Glibc
import JSON
import Model
import Runtime

/// What this executable does when it is started as a child: with one file, shut in, and then it ends.
package enum MediaChild {
    /// Never returns where the arguments are those of a child.
    package static func runIfAsked(_ arguments: [String]) {
        guard arguments.count > 1, let work = ChildWork(rawValue: arguments[1]) else { return }
        let rest = Array(arguments.dropFirst(2))
        switch work {
        case .pictures: end { try makePictures(rest, isReady: false) }
        case .template: end { try PictureTemplate.serve() }
        case .program: end { try become(rest) }
        }
    }

    /// Nothing of what libraries would do at the end is needed.
    static func end(_ work: () throws -> Void) -> Never {
        csandbox_close_descriptors()
        do { try work() } catch {
            say("\(error)\n", to: 2)
            _exit(ChildWork.unable)
        }
        _exit(0)
    }

    /// libvips finds its modules before the door is shut; most forms need none, and they are slow to load.
    static func start(withModules: Bool) throws {
        if !withModules { setenv("VIPSHOME", "/nowhere", 1) }
        guard cvips_start() == 0 else { throw Picture.Failure() }
    }

    static func makePictures(_ arguments: [String], isReady: Bool) throws {
        guard arguments.count == 4, let type = FileType(rawValue: arguments[0]) else { throw WrongArguments() }
        if !isReady { try start(withModules: type.needsModules) }
        try Sandbox().enter(folder: arguments[2], reading: [arguments[1]])
        let report = try MakePictures(
            type: type, input: arguments[1], folder: arguments[2], keepsContent: arguments[3] == "content"
        ).run()
        say(try JSONCoder.text(report), to: 1)
    }

    private static func become(_ arguments: [String]) throws {
        guard arguments.count >= 4, let seconds = UInt64(arguments[0]) else { throw WrongArguments() }
        var sandbox = Sandbox()
        sandbox.cpuSeconds = seconds
        sandbox.memoryBytes = 4 << 30
        sandbox.mayExecute = true
        try sandbox.enter(folder: arguments[1], reading: [arguments[2]])
        let program = Array(arguments.dropFirst(3))
        var strings = program.map { strdup($0) } + [nil]
        execv(program[0], &strings)
        throw SystemError.last("run \(program[0])")
    }

    private static func say(_ text: String, to descriptor: Int32) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    private struct WrongArguments: Error {}
}
