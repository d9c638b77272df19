import CSystem
import Glibc

/// A thread of the operating system, for what must not run on a loop.
public enum Thread {
    private final class Body {
        let name: String
        let run: @Sendable () -> Void

        init(name: String, run: @escaping @Sendable () -> Void) {
            self.name = name
            self.run = run
        }
    }

    /// Starts a detached thread; the name (15 bytes) shows in `top` and the debugger.
    public static func start(name: String, _ body: @escaping @Sendable () -> Void) {
        var thread = pthread_t()
        let context = Unmanaged.passRetained(Body(name: name, run: body)).toOpaque()
        let failure = pthread_create(&thread, nil, threadMain, context)
        precondition(failure == 0, "no thread for \(name): \(String(cString: strerror(failure)))")
        pthread_detach(thread)
    }

    private static let threadMain: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { context in
        guard let context else { return nil }
        let body = Unmanaged<Body>.fromOpaque(context).takeRetainedValue()
        csystem_name_thread(String(body.name.prefix(15)))
        body.run()
        return nil
    }
}
