/// The API's frame with routes of the benchmark.
@main
struct Main {
    static func main() { runBenchServer() }
}
