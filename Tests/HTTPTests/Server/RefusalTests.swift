import HTTP
import Runtime
import Testing

/// What is no proper request: each case in one piece, and again byte by byte. What follows is never looked at.
struct RefusalTests {
    @Test(arguments: RefusalCase.lines) func `a request line that is none is refused`(_ refused: RefusalCase)
        async throws
    { try await check(refused) }

    @Test(arguments: RefusalCase.targets) func `a target that is none is refused`(_ refused: RefusalCase)
        async throws
    { try await check(refused) }

    @Test(arguments: RefusalCase.fields) func `fields that are none are refused`(_ refused: RefusalCase) async throws {
        try await check(refused)
    }

    @Test(arguments: RefusalCase.lengths) func `a body whose length is in doubt is refused`(_ refused: RefusalCase)
        async throws
    { try await check(refused) }

    @Test(arguments: RefusalCase.bodies) func `chunks that are none are refused`(_ refused: RefusalCase) async throws {
        try await check(refused)
    }

    private func check(_ refused: RefusalCase) async throws {
        // Time is not what is tried here, and the machine may be busy.
        var options = HTTPServerOptions()
        options.headTime = .minutes(5)
        try await TestServer.run(options) { server in
            let client = try await RawClient.connect(to: server)
            await client.send(refused.request + "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n")
            try await expectRefusal(refused, of: client)
            let slow = try await RawClient.connect(to: server)
            await slow.sendSlowly(refused.request)
            try await expectRefusal(refused, of: slow)
        }
    }

    private func expectRefusal(_ refused: RefusalCase, of client: RawClient) async throws {
        let answer = try await client.answer()
        #expect(answer.status == refused.status, "\(answer.text)")
        #expect(answer["Connection"] == "close")
        #expect(try await client.rest() == "")
    }
}
