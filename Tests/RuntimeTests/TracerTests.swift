import Runtime
import Testing

@Suite struct TracerTests {
    private func span(_ trace: TraceContext = .start()) -> Span {
        Span("a", .server, trace, parent: 0, from: .now, to: .now)
    }

    private func keeps(_ sampling: TraceSampling, _ trace: TraceContext, _ parent: TraceContext?) -> Bool {
        Tracer(sampling).samples(trace, parent: parent)
    }

    @Test func `the rule says which traces are kept, and a caller may have said it already`() {
        let trace = TraceContext.start()
        let (yes, no) = (TraceContext.start(sampled: true), TraceContext.start())
        #expect(keeps(TraceSampling(.always), trace, no))
        #expect(!keeps(TraceSampling(.never), trace, yes))
        #expect(keeps(TraceSampling(.parentOrAlways), trace, nil) && !keeps(TraceSampling(.parentOrAlways), trace, no))
        #expect(!keeps(TraceSampling(.parentOrNever), trace, nil) && keeps(TraceSampling(.parentOrNever), trace, yes))
        #expect(keeps(TraceSampling(.parentOrRatio, ratio: 0), trace, yes))
        #expect(!keeps(TraceSampling(.parentOrRatio, ratio: 1), trace, no))
        #expect(
            !keeps(TraceSampling(.ratio, ratio: 0), trace, yes) && keeps(TraceSampling(.ratio, ratio: 1), trace, no))
    }

    @Test func `a ratio keeps its share, of ids that begin with the time too`() {
        let sampling = TraceSampling(.parentOrRatio, ratio: 0.25)
        let kept = (0..<20_000).filter { _ in
            keeps(sampling, TraceContext(startingWith: .v7(), span: 1), nil)
        }
        #expect((4500...5500).contains(kept.count), "\(kept.count)")
    }

    @Test func `what nobody fetches is dropped and counted, and never more is held`() {
        let metrics = MetricsRegistry()
        let tracer = Tracer(TraceSampling(.always), limit: 600, metrics: metrics)
        for _ in 0..<1000 { tracer.record(span()) }
        #expect(tracer.take().count == Tracer.batch && tracer.take().count == 600 - Tracer.batch)
        #expect(tracer.take().isEmpty)
        var text = ByteBuffer()
        metrics.write(to: &text)
        let told = text.toString()
        #expect(told.contains(#"trace_spans_dropped_total{reason="buffer_full"} 400"#))
        #expect(told.contains("trace_spans_recorded_total 1000"))
    }

    @Test func `the variables of OpenTelemetry are understood`() throws {
        var reader = ConfigReader([
            "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318/", "OTEL_TRACES_SAMPLER": "traceidratio",
            "OTEL_TRACES_SAMPLER_ARG": "0.5", "OTEL_EXPORTER_OTLP_HEADERS": "authorization=Basic abc=,x-a=1",
        ])
        let config = TraceConfig(from: &reader)
        try reader.finish()
        #expect(config.collector == "http://collector:4318/v1/traces")
        #expect(config.sampling == TraceSampling(.ratio, ratio: 0.5))
        #expect(config.headers.map(\.name) == ["authorization", "x-a"])
        #expect(config.headers.first?.value.exposed == "Basic abc=")
        var wrong = ConfigReader([
            "OTEL_EXPORTER_OTLP_ENDPOINT": "grpc://x", "OTEL_TRACES_SAMPLER": "often", "OTEL_TRACES_SAMPLER_ARG": "2",
            "OTEL_EXPORTER_OTLP_HEADERS": "nothing",
        ])
        _ = TraceConfig(from: &wrong)
        #expect(wrong.complaints.count == 4)
    }

    @Test func `a share is that of the last while`() {
        let share = RecentShare(over: .minutes(1), whenIdle: 1)
        let start = MonotonicTime.now
        #expect(share.value(.init(part: 0, whole: 0), at: start) == 1)
        #expect(share.value(.init(part: 1, whole: 4), at: start + .seconds(10)) == 0.25)
        #expect(share.value(.init(part: 1, whole: 4), at: start + .minutes(3)) == 0.25)
        #expect(share.value(.init(part: 4, whole: 8), at: start + .minutes(3) + .seconds(5)) == 0.75)
    }

    @Test func `threads for what blocks tell how many are at work, and what was refused`() async throws {
        let metrics = MetricsRegistry()
        let pool = ThreadPool(name: "few", threads: 1, queueLimit: 1, metrics: metrics)
        let gate = Semaphore()
        let begun = Semaphore()
        try pool.submit(
            {
                begun.signal(); gate.wait()
            }, orElse: {})
        begun.wait()
        try pool.submit({}, orElse: {})
        #expect(throws: ThreadPool.Full.self) { try pool.submit({}, orElse: {}) }
        var text = ByteBuffer()
        metrics.write(to: &text)
        let told = text.toString()
        for line in [
            #"thread_pool_busy_threads{pool="few"} 1"#, #"thread_pool_waiting{pool="few"} 1"#,
            #"thread_pool_threads{pool="few"} 1"#, #"thread_pool_refused_total{pool="few"} 1"#,
        ] {
            #expect(told.contains(line), "\(told)")
        }
        gate.signal()
        pool.stop()
    }
}
