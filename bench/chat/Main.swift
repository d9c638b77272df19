/// Measures chat: messages that are posted, stored and delivered, beside a server in Node.
@main
struct Main {
    static func main() async { await measureChat() }
}
