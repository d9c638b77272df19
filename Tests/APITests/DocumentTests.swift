import APIFrame
import HTTP
import JSON
import Runtime
import TestSupport
import Testing

/// The document, and the page that shows it.
@Suite(.ownStores)
struct DocumentTests {
    private let document: JSONValue

    init() throws {
        let document = OpenAPIDocument(
            title: "Test", version: "1", text: "", server: "/", routes: TestRoutes().table.routes,
            problem: .object([]), refusals: \.refusals)
        self.document = try JSONCoder.decode(JSONValue.self, from: document.bytes())
    }

    private func operation(_ path: String, _ method: String) -> JSONValue? { document["paths"]?[path]?[method] }

    @Test func `every route is in it`() {
        for route in TestRoutes().table.routes {
            #expect(operation(route.pattern.description, route.method.rawValue.lowercased()) != nil)
        }
    }

    @Test func `what an input checks shows in its schema`() throws {
        let content = operation("/t/things", "post")?["requestBody"]?["content"]?["application/json"]
        let body = try #require(content?["schema"])
        #expect(body["required"] == ["name"])
        let name = body["properties"]?["name"]
        #expect(name?["minLength"] == 1 && name?["maxLength"] == 20)
        #expect(body["properties"]?["colour"]?["enum"] == ["red", "green", "blue"])
        #expect(body["properties"]?["colour"]?["default"] == "red")
        #expect(body["properties"]?["email"]?["type"] == ["string", "null"])
        #expect(body["properties"]?["sizes"]?["items"]?["$ref"] == "#/components/schemas/Size")
        #expect(body["properties"]?["tags"]?["uniqueItems"] == true)
        #expect(document["components"]?["schemas"]?["Size"]?["properties"]?["width"]?["maximum"] == 100)
    }

    @Test func `answers and refusals show with their statuses`() throws {
        guard case .object(let answers)? = operation("/t/things", "post")?["responses"] else {
            Issue.record("no answers")
            return
        }
        #expect(answers.keys.sorted() == ["201", "400", "401", "408", "409", "413", "415", "422", "429", "500", "503"])
        #expect(
            answers["409"]?["description"]?.string == "Conflict: `request_in_progress`, `conflict`")
        let created = answers["201"]?["content"]?["application/json"]?["schema"]
        #expect(created?["$ref"] == "#/components/schemas/Thing")
        #expect(document["components"]?["schemas"]?["Thing"]?["required"] == ["id", "name", "note"])
    }

    @Test func `parameters and security show`() throws {
        guard case .array(let parameters)? = operation("/t/things", "get")?["parameters"] else {
            Issue.record("no parameters")
            return
        }
        #expect(parameters.map { $0["name"]?.string } == ["colour", "limit", "cursor"])
        #expect(parameters[1]["schema"]?["default"] == 50)
        #expect(operation("/t/hello", "get")?["security"] == [])
        #expect(operation("/t/me", "get")?["security"] == [["bearer": []]])
        #expect(operation("/t/things/{id}", "get")?["operationId"] == "getThingsById")
    }

    @Test func `the page lets nothing in from elsewhere`() {
        let page = DocsPage()
        let html = String(decoding: page.html, as: UTF8.self)
        #expect(page.policy.hasPrefix("default-src 'none'; style-src 'sha256-"))
        #expect(!page.policy.contains("unsafe"))
        for outside in ["src=", "href=\"http", "url(", "@import", "innerHTML", "eval("] {
            #expect(!html.contains(outside))
        }
    }

    @Test func `what the schema does not say is found in an answer`() throws {
        func faults(_ json: String) throws -> [String] {
            Thing.schema.faults(in: try JSONCoder.decode(JSONValue.self, from: json))
        }
        let id = UUID.v7()
        #expect(try faults(#"{"id":"\#(id)","name":"x","note":null}"#) == [])
        #expect(try faults(#"{"id":"\#(id)","name":"x"}"#) == ["note: missing"])
        #expect(try faults(#"{"id":"x","name":null,"note":1,"more":2}"#).count == 4)
        #expect(try faults("[]") == ["the body: of another type"])
    }

    @Test func `a declaration that does not fit together stops the process at its start`() async {
        await #expect(processExitsWith: .failure) {
            _ = RoutePattern("/a/{id}/b/{id}")
        }
        await #expect(processExitsWith: .failure) {
            let routes = TestRoutes()
            _ = APIRoutes("X", [.get("/without/parameter", "", access: .open, routes.show)])
        }
    }
}
