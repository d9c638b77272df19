import HTTP
import Runtime

/// How long requests took, by route and status. What was looked up once is kept, since there are few of each.
final class RouteMeters {
    private struct Series {
        let status: Int
        let histogram: Histogram
    }

    private let family: Family<Histogram>
    private let routes: [RouteLabel]
    // Every request looks here; nothing that is called meanwhile comes back, so a check of exclusive access at run time
    // would find nothing.
    @exclusivity(unchecked) private var series: [[Series]]
    private var strangers: [Int: Histogram] = [:]

    init(_ family: Family<Histogram>, _ routes: [RouteLabel]) {
        self.family = family
        self.routes = routes
        series = Array(repeating: [], count: routes.count)
    }

    static func family(in metrics: MetricsRegistry) -> Family<Histogram> {
        metrics.histograms(
            "http_request_duration_seconds", "From the arrival of a request to its answer.",
            labels: ["method", "route", "status"])
    }

    func observe(_ record: AccessRecord, seconds: Double) {
        guard let route = record.route else {
            return (strangers[record.status] ?? stranger(record)).observe(seconds)
        }
        for known in series[route] where known.status == record.status { return known.histogram.observe(seconds) }
        let label = routes[route]
        let histogram = family.with(label.method, label.pattern, "\(record.status)")
        series[route].append(Series(status: record.status, histogram: histogram))
        histogram.observe(seconds)
    }

    /// Whatever the method: who sends it chooses it.
    private func stranger(_ record: AccessRecord) -> Histogram {
        let histogram = family.with("any", RouteLabel.none.pattern, "\(record.status)")
        strangers[record.status] = histogram
        return histogram
    }
}
