import APIFrame
import HTTP
import JSON
import Model
import Queue
import Redis
import Runtime

/// How many workers each queue needs: for whoever starts and stops them.
package struct AutoscaleRoutes: Sendable {
    private let redis: RedisClient
    private let redisPrefix: String

    package init(redis: RedisClient, redisPrefix: String) {
        self.redis = redis
        self.redisPrefix = redisPrefix
    }

    package func table(under prefix: String) -> APIRoutes { APIRoutes("Administration", under: prefix, routes) }

    private var routes: [APIRoute] {
        [
            .get(
                "/admin/autoscale", "List how many workers each queue needs", access: .admin,
                details: """
                    From what waits, what comes in and how long it takes. `wanted` is what there should be: 0 where \
                    nothing is to do, now or within a minute. The scheduler's metrics say the same as \
                    `queue_workers_wanted`.
                    """, all),
            .get(
                "/admin/autoscale/{queue}", "Show how many workers a queue needs", access: .admin,
                details: "For a scaler that reads one number: `wanted`.", one),
        ]
    }

    private func all(_ input: AimInput, _ call: Call) async throws -> Page<QueueNeed> {
        let queues = try await QueueDirectory(redis: redis, prefix: redisPrefix).queues()
        return Page(try await QueueNeed.all(of: queues, redis: redis, prefix: redisPrefix, aim: input.aim))
    }

    private func one(_ input: QueueAimInput, _ call: Call) async throws -> QueueNeed {
        let queues = try await QueueDirectory(redis: redis, prefix: redisPrefix).queues()
        guard let queue = queues.first(where: { $0.name == input.queue }),
            let need = try await QueueNeed.all(of: [queue], redis: redis, prefix: redisPrefix, aim: input.aim).first
        else { throw Problem(.notFound, "There is no such queue") }
        return need
    }
}

/// What the workers are to achieve.
private struct AimInput: RouteInput {
    let aim: QueueNeed.Aim

    init(from input: inout InputReader) {
        let standard = QueueNeed.Aim()
        var aim = standard
        aim.drain = .seconds(
            input.query(
                "drainSeconds", .integer(1...3600).described("By when what waits is to be gone."),
                default: Int(standard.drain.inSeconds)))
        aim.patience = .seconds(
            input.query(
                "waitSeconds", .integer(1...3600).described("How long a job may wait before more are wanted."),
                default: Int(standard.patience.inSeconds)))
        aim.most = input.query("most", .integer(1...10_000).described("Never more than these."), default: standard.most)
        self.aim = aim
    }
}

private struct QueueAimInput: RouteInput {
    let queue: String
    let aim: QueueNeed.Aim

    init(from input: inout InputReader) {
        queue = input.path("queue", .text(1...64))
        aim = AimInput(from: &input).aim
    }
}

extension QueueNeed: Representable {
    package static let representation = Representation<QueueNeed>(
        "QueueNeed", "How many workers a queue needs.",
        [
            .member("queue") { $0.queue.name },
            .member("workers", "Worker processes that serve it now.") { $0.workers },
            .member("wanted", "Worker processes that should.") { $0.wanted },
            .member("ready", "Jobs that could begin.") { $0.ready },
            .member("running") { $0.running },
            .member("oldestSeconds", "For how long the next job has been ready.") { $0.oldest.inSeconds },
            .member("runsPerSecond", "Over the last minutes.") { $0.runsPerSecond },
            .member("runSeconds", "What a run takes on the average.") { $0.runTime?.inSeconds },
            .member("concurrency", "Jobs that one worker runs at once.") { $0.concurrency },
        ])
}
