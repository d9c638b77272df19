import HTTP
import JSON
import Runtime
import TestSupport
import Testing

/// Traces through the real processes, as a collector gets them.
@Suite(.ownStores) struct TraceTests {
    private struct Collector {
        let process: TestProcess
        let url: String

        init() async throws {
            let file = "\(Repository.root)/Tests/EndToEndTests/Operations/Peers/collector.py"
            process = try TestProcess("/usr/bin/python3", [file])
            let line = try await process.waitForLine(containing: "listening")
            url = "http://127.0.0.1:\(line.split(separator: " ").last ?? "")"
        }

        var spans: [JSONValue] {
            process.lines.filter { $0.hasPrefix("span ") }
                .compactMap { try? JSONCoder.decode(JSONValue.self, from: Array($0.dropFirst(5).utf8)) }
        }

        func span(_ holds: (JSONValue) -> Bool) async throws -> JSONValue {
            try await eventuallySome("a span") { spans.first(where: holds) }
        }
    }

    @Test func `one trace leads from a request over its job to the mail server`() async throws {
        let collector = try await Collector()
        let peer = try TestProcess(
            "/usr/bin/python3",
            ["\(Repository.root)/Tests/EndToEndTests/Post/Peers/holding_mail_peer.py", "--prompt"])
        let port = try #require(await peer.waitForLine(containing: "listening").split(separator: " ").last)
        let platform = try await Platform([
            "SMTP_HOST": "127.0.0.1", "SMTP_PORT": String(port), "SMTP_SECURITY": "plain", "MAIL_PROVIDER": "smtp",
            "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_TRACES_SAMPLER": "parentbased_always_off",
            "OTEL_EXPORTER_OTLP_HEADERS": "x-key=secret", "OTEL_BSP_SCHEDULE_DELAY": "50",
        ])
        // This one is not kept; the next is, as its caller says so.
        _ = try await platform.register()
        let (trace, caller) = ("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331")
        let answer = try await Device(platform).send(
            .post, "/auth/register",
            ["email": "trace@example.org", "username": "trace", "password": .string(Resident.password)],
            ["traceparent": "00-\(trace)-\(caller)-01"])
        #expect(answer.status == 201, "\(answer)")

        let request = try await collector.span { $0["kind"]?.integer == 2 }
        #expect(request["traceId"]?.string == trace && request["parentSpanId"]?.string == caller)
        #expect(request["name"]?.string == "POST /api/v1/auth/register" && request["service"]?.string == "api")
        #expect(request["key"]?.string == "secret")
        let job = try await collector.span { $0["kind"]?.integer == 5 && $0["service"]?.string == "worker-email" }
        #expect(job["traceId"]?.string == trace && job["parentSpanId"] == request["spanId"])
        let mail = try await collector.span { $0["kind"]?.integer == 3 && $0["parentSpanId"] == job["spanId"] }
        #expect(mail["traceId"]?.string == trace && mail["name"]?.string == "smtp")
        #expect(collector.spans.allSatisfy { $0["traceId"]?.string == trace })
        #expect(collector.process.lines.filter { $0.hasPrefix("wrong") } == [])
        try await platform.stop()
    }

    @Test func `a collector that is away costs nothing but its spans, which are counted`() async throws {
        let platform = try await Platform([
            "OTLP_ENDPOINT": "http://127.0.0.1:\(try FreePort.next())", "OTEL_TRACES_SAMPLER": "always_on",
            "OTEL_BSP_SCHEDULE_DELAY": "50",
        ])
        _ = try await platform.register()
        try await eventually("what is lost is counted") {
            let answer = try await Platform.http.send(HTTPRequest(.get, "\(platform.url)/metrics"))
            let text = String(decoding: answer.body, as: UTF8.self)
            let line = text.split(separator: "\n").first {
                $0.hasPrefix(#"trace_spans_dropped_total{reason="not_sent"}"#)
            }
            return line.map { !$0.hasSuffix(" 0") } ?? false
        }
        try await platform.stop()
    }
}
