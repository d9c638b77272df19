import HTTP
import JSON
import Postgres
import Runtime
import TestSupport
import Testing

@testable import Model

/// What pages say of themselves.
struct LinkPreviewTests {
    @Test(arguments: [
        ("see https://example.org/a?b=c#d.", "https://example.org/a?b=c#d"),
        ("(http://example.org/x)", "http://example.org/x"), ("[name](https://example.org/y)", "https://example.org/y"),
        ("https://one.example https://two.example", "https://one.example"), ("no link // here", nil),
        ("ftp://example.org/x", nil), ("https://", nil),
    ])
    func `the first address of a text is found`(text: String, link: String?) {
        #expect(LinkPreview.link(in: text) == link)
    }

    @Test func `a page is read by its head`() throws {
        let page = """
            <!doctype html><html><head><TITLE>Plain &amp; simple</TITLE>
            <meta property="og:title" content="A &quot;title&quot; &#x1F600;">
            <meta name='description' content='Of   many
            words'><meta property=og:site_name content=Site>
            <meta property="og:image" content="https://example.org/i.png"></head>
            <body><title>no</title><meta property="og:title" content="later"></body></html>
            """
        let preview = try #require(LinkPreview(of: page, at: "https://example.org"))
        #expect(preview.title == "A \"title\" 😀" && preview.text == "Of many words")
        #expect(preview.image == "https://example.org/i.png" && preview.site == "Site")
        #expect(LinkPreview(of: "<title>Only</title>", at: "u")?.title == "Only")
        #expect(
            LinkPreview(of: "<meta property='og:image' content='javascript:x'><title>t</title>", at: "u")?.image == nil)
    }

    @Test(arguments: [
        "", "<", "<title", "<title>", "<meta", "<meta content=", "<meta content=\"", "&", "&#", "<title>  </title>",
    ])
    func `what is no page shows nothing`(page: String) { #expect(LinkPreview(of: page, at: "u") == nil) }
}

/// Previews beside their messages.
@Suite(.ownAccounts) struct PreviewTests {
    @Test func `an address of our own network is not asked, and the message stays as it is`() async throws {
        try await Room.lend { room in
            let message = try await room.chat.sending.send(
                NewMessage(in: room.id, by: room.member.id, .text("http://127.0.0.1:1024/")))
            let owed: Int = try await room.chat.database.one(
                "select count(*)::int from outbox where kind = \(PreviewLink.kind)")
            #expect(owed == 1)
            let reader = LinkReader.guarded(on: World.loops)
            try await room.conversations.addPreview(to: message.id, by: reader)
            await reader.shutDown()
            let shown = try await room.show(message, to: room.other)
            #expect(shown.metadata == nil && shown.rev == message.rev)
        }
    }

    private static let site = """
        import http.server
        class Site(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                if self.path == "/moved":
                    self.send_response(302)
                    self.send_header("Location", "/page")
                    return self.end_headers()
                self.send_response(200)
                self.send_header("Content-Type", "text/html" if self.path == "/page" else "text/plain")
                self.end_headers()
                self.wfile.write(b"<title>A page</title><meta name=description content='of ours'>")
            def log_message(self, *_): pass
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site)
        print("listening", server.server_port, flush=True)
        server.serve_forever()
        """

    @Test func `what a page says stands beside the message, once, until the text is another`() async throws {
        let process = try TestProcess(Peers.python, ["-c", Self.site])
        let port = try #require(try await process.waitForLine(containing: "listening").split(separator: " ").last)
        let reader = LinkReader.guarded(
            on: World.loops, URLGuard(exceptions: [try #require(AddressRange("127.0.0.0/8"))]))
        try await Room.lend { room in
            let plain = try await room.say("http://127.0.0.1:\(port)/text", by: room.member)
            let linked = try await room.say("look: http://127.0.0.1:\(port)/moved!", by: room.member)
            for message in [plain, linked, linked] {
                try await room.conversations.addPreview(to: message.id, by: reader)
            }
            #expect(try await room.show(plain, to: room.other).metadata == nil)
            let shown = try await room.show(linked, to: room.other)
            let preview = shown.metadata?["preview"]
            #expect(preview?["title"] == "A page" && preview?["description"] == "of ours")
            #expect(shown.rev == linked.rev + 1, "the second run finds it there")
            let edited = try await room.conversations.edit(linked.id, to: "nothing to see", by: room.member)
            #expect(edited.metadata?["preview"] == nil)
        }
        await reader.shutDown()
    }
}
