/// Measures what everything stands on: the loop, JSON, the Redis and PostgreSQL clients, a process at rest.
@main
struct Main {
    static func main() async throws { try await measureRuntime() }
}
