import HTTP
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
}
