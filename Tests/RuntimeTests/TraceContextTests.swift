import Runtime
import Testing

@Suite struct TraceContextTests {
    static let header = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    @Test func `a header is read and written alike`() throws {
        let context = try #require(TraceContext(traceparent: Self.header))
        #expect(context.traceIDText == "0af7651916cd43dd8448eb211c80319c")
        #expect(context.spanIDText == "b7ad6b7169203331")
        #expect(context.isSampled)
        #expect(context.traceparent == Self.header)
    }

    @Test(arguments: [
        "", "00", header.uppercased(), header + "-extra", "ff" + header.dropFirst(2), String(header.dropLast()),
        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        "00-0af7651916cd43dd8448eb211c80319g-b7ad6b7169203331-01", "00_" + header.dropFirst(3),
        "01" + header.dropFirst(2) + "x",
    ])
    func `what the specification forbids is ignored`(header: String) {
        #expect(TraceContext(traceparent: header) == nil)
    }

    @Test func `a later version is read as far as it is known`() throws {
        let context = try #require(
            TraceContext(traceparent: "cc" + Self.header.dropFirst(2).dropLast(2) + "ff-what-else"))
        #expect(context.traceparent == Self.header)
    }

    @Test func `a child keeps the trace and has a span of its own`() {
        let parent = TraceContext.start(sampled: true)
        let child = parent.child()
        #expect(child.traceIDText == parent.traceIDText)
        #expect(child.spanID != parent.spanID)
        #expect(child.isSampled)
        #expect(TraceContext.start().traceIDText != parent.traceIDText)
    }

    @Test func `the context is the task's`() async {
        let context = TraceContext.start()
        await TraceContext.with(context) {
            async let inChild = TraceContext.current
            #expect(await inChild == context)
        }
        #expect(TraceContext.current == nil)
    }
}

@Suite struct RequestIDTests {
    @Test(arguments: ["a", "0190b8f0-1111-7abc-8def-000000000000", "A.b_c:d-9", String(repeating: "x", count: 128)])
    func `a harmless id is kept`(text: String) {
        #expect(RequestID(text)?.description == text)
    }

    @Test(arguments: ["", "a b", "a\nb", "é", "a\"", String(repeating: "x", count: 129), "a;b", "\u{0}"])
    func `an id that could break a line is refused`(text: String) {
        #expect(RequestID(text) == nil)
    }

    @Test func `new ids are valid and differ`() {
        #expect(RequestID(RequestID.new().description) != nil)
        #expect(RequestID.new() != RequestID.new())
    }
}
