import BenchSupport
import Glibc
import Redis
import Runtime

/// Another job system with a no-op job: filled with a backlog, started, and watched from outside.
struct Peer {
    let name: String
    let jobs: Int
    /// The list that its waiting jobs lie in.
    let list: String
    let fill: String
    let work: String

    static func all(python: String) -> [Peer] {
        let peers = "bench/peers"
        return [
            Peer(
                name: "Sidekiq", jobs: 100_000, list: "queue:default", fill: "ruby \(peers)/sidekiq.rb 100000",
                work: "exec sidekiq -q default -c 5 -r ./\(peers)/sidekiq.rb"),
            Peer(
                name: "Celery", jobs: 10_000, list: "celery",
                fill: "cd \(peers) && \(python)/bin/python celery_noop.py 10000",
                work: "cd \(peers) && exec \(python)/bin/celery -A celery_noop worker -P threads -c 4 -l ERROR"),
            Peer(
                name: "RQ", jobs: 3000, list: "rq:queue:default",
                fill: "cd \(peers) && \(python)/bin/python rq_noop.py 3000",
                work: "cd \(peers) && exec \(python)/bin/rq worker -q -w rq.SimpleWorker -u $REDIS_URL default"),
        ]
    }

    /// Jobs per second between 95 % and 4 % of the backlog, so that neither the start nor the end is counted.
    func rate(_ redis: RedisClient) async throws -> Double {
        _ = try await redis.call("DEL", list)
        _ = try Program.output("\(fill) 2>&1")
        let log = "/tmp/switchyard-bench-\(getpid())-\(name).log"
        let process = pid_t(try Program.output("(\(work)) >\(log) 2>&1 </dev/null & echo $!").dropLast()) ?? 0
        defer {
            kill(process, SIGKILL)
            unlink(log)
        }
        let begun = try await whenBelow(jobs * 95 / 100, redis)
        let ended = try await whenBelow(jobs * 4 / 100, redis)
        return Double(begun.left - ended.left) / (ended.time - begun.time).inSeconds
    }

    private func whenBelow(_ limit: Int, _ redis: RedisClient) async throws -> (left: Int, time: MonotonicTime) {
        let end = MonotonicTime.now + .minutes(2)
        while MonotonicTime.now < end {
            let left = try await redis.call("LLEN", list).expectInt()
            if left <= limit { return (left, .now) }
            try await SystemClock().sleep(for: .milliseconds(10))
        }
        throw Program.Failed(description: "\(name) does not work off its backlog")
    }
}
