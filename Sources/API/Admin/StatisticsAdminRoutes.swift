import APIFrame
import HTTP
import JSON
import Model
import Queue
import Runtime

/// What charts draw.
struct StatisticsAdminRoutes: Sendable {
    let desk: AdminDesk

    var routes: [APIRoute] {
        [
            .get(
                "/admin/statistics", "Show throughput, failures, latency and backlog over a time", access: .admin,
                details: "Of one queue, or of all together. A scheduler stores what is shown, twice a minute.", series)
        ]
    }

    private func series(_ input: SeriesInput, _ call: Call) async throws -> ShownSeries {
        var queue: QueueName?
        if let name = input.queue { queue = try await desk.queue(name) }
        return ShownSeries(
            series: try await StatisticsSeries.read(input.range, of: queue, on: desk.database))
    }
}

struct SeriesInput: RouteInput {
    let range: StatisticsRange
    let queue: String?

    init(from input: inout InputReader) {
        range = input.query("range", .choice(), default: .hour)
        queue = input.queryIfPresent("queue", .queueName)
    }
}

extension StatisticsRange: SchemaBearing {}

/// A series and what its steps are.
struct ShownSeries: Representable {
    let series: StatisticsSeries

    static let representation = Representation<ShownSeries>(
        "StatisticsSeries", "What was counted over a time, step by step, the oldest first.",
        [
            .member("range") { $0.series.range },
            .member("stepSeconds") { Int($0.series.range.step.components.seconds) },
            .member("points") { $0.series.points },
        ])
}

extension StatisticsSeries.Point: Representable {
    package static let representation = Representation<StatisticsSeries.Point>(
        "StatisticsPoint", "What was counted in one step.",
        [
            .member("at") { $0.startsAt },
            .member("done") { $0.counted.count("done") },
            .member("failed") { $0.counted.count("failed") },
            .member("retrying") { $0.counted.count("retrying") },
            .member("dead") { $0.counted.count("dead") },
            .member("latency") { ShownLatency($0.counted) },
            .member("ready", "At the most; null where nobody looked.") { $0.level?.ready },
            .member("due") { $0.level?.due },
            .member("leased") { $0.level?.leased },
            .member("ageSeconds", "For how long the oldest ready job had waited, at the most.") {
                $0.level.map { Double($0.age.milliseconds) / 1000 }
            },
        ])
}
