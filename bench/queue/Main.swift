/// Measures the queue.
@main
struct Main {
    static func main() async throws { try await measureQueue() }
}
