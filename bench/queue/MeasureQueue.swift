import BenchSupport
import Glibc
import QueueBench
import Redis
import Runtime

func measureQueue() async throws {
    let group = LoopGroup(count: 1)
    guard let url = getenv("REDIS_URL") else { throw Program.Failed(description: "REDIS_URL is not set") }
    let bench = Yardstick(
        try RedisOptions(url: String(cString: url)), prefix: "bench:", loops: group,
        logger: Logger(level: .info, sink: LogWriter(process: "bench", format: .json)))
    for _ in 0..<3 {
        let plain = try await Throughput.measure(jobs: 300_000, on: bench)
        print("plain", plain)
    }
    let managed = try await Throughput.measure(jobs: 100_000, unique: true, on: bench)
    print("managed", managed)
}
