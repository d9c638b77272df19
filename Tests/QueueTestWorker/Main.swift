@main
enum Main {
    static func main() { TestWorker.serve() }
}
