/// Measures the queue.
@main
struct Main {
    static func main() async throws {
        if CommandLine.arguments.contains(NapWorker.argument) { NapWorker.run() }
        try await measureQueue()
    }
}
