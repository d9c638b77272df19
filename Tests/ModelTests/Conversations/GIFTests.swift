import JSON
import Testing

@testable import Model

/// What providers of GIFs answer, as we read it.
struct GIFTests {
    private struct Broken: GIFProvider {
        func search(_ words: String, page: Int, limit: Int) async throws -> [GIF] {
            throw Problem(.unavailable, "The provider of GIFs does not answer as it should")
        }
    }

    @Test func `what is whole and safe to show is taken from each provider`() throws {
        let giphy = try JSONCoder.decode(
            JSONValue.self,
            from: """
                {"data":[{"id":"a1","title":"Cat","images":{"fixed_width":{"url":"https://g/1.gif","width":"200","height":"150"}}},
                {"id":"a2","images":{"fixed_width":{"url":"http://g/2.gif","width":"200","height":"150"}}},{"id":"a3"},7]}
                """)
        #expect(
            Giphy.read(giphy) == [
                GIF(provider: "giphy", id: "a1", title: "Cat", url: "https://g/1.gif", width: 200, height: 150)
            ])
        let klipy = try JSONCoder.decode(
            JSONValue.self,
            from: """
                {"result":true,"data":{"data":[{"slug":"dog-1","title":"Dog","file":{"md":{"gif":{"url":"https://k/1.gif","width":10,"height":20}}}}]}}
                """)
        #expect(
            Klipy.read(klipy) == [
                GIF(provider: "klipy", id: "dog-1", title: "Dog", url: "https://k/1.gif", width: 10, height: 20)
            ])
        #expect(Giphy.read(.null).isEmpty && Klipy.read(.array([])).isEmpty)
    }

    @Test func `without a provider, or with one that is down, it says so`() async throws {
        for (search, code) in [(GIFSearch(nil), Problem.Code.notFound), (GIFSearch(Broken()), .unavailable)] {
            #expect(try await problemCode { _ = try await search.search("cat", page: 0, limit: 1) } == code)
        }
    }
}
