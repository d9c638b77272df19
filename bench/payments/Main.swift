/// Measures how webhooks become memberships, and how the books are compared.
@main
struct Main {
    static func main() async throws { try await measurePayments() }
}
