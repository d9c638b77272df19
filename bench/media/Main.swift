/// Measures what the workers for files, pushes and mails do.
@main
struct Main {
    static func main() async throws { try await measureMedia() }
}
