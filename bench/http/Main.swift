/// Measures the HTTP server, the API's frame and WebSockets.
@main
struct Main {
    static func main() async throws { try await measureHTTP() }
}
