import HTTP
import Testing

/// Which route a path leads to.
struct RouterTests {
    private static let routes: [(HTTPMethod, String)] = [
        (.get, "/"), (.get, "/users"), (.get, "/users/me"), (.patch, "/users/me"), (.get, "/users/{id}"),
        (.put, "/users/{id}/blocks/{other}"), (.get, "/invoices/{id}"), (.get, "/invoices/{id}.pdf"),
        (.delete, "/users/me/photo"), (.post, "/users/{id}/photo"),
    ]

    private let router: Router = {
        var router = Router()
        for (number, route) in routes.enumerated() { router.add(route.0, RoutePattern(route.1), number) }
        return router
    }()

    private func found(_ method: HTTPMethod, _ path: String) -> String {
        switch router.match(method, path) {
        case .found(let number, let parameters):
            (["\(Self.routes[number].0.rawValue) \(Self.routes[number].1)"] + parameters.map(String.init))
                .joined(separator: " ")
        case .methodNotAllowed(let methods): "405 \(methods)"
        case .options(let methods): "options \(methods)"
        case .notFound: "404"
        case .malformed: "400"
        }
    }

    @Test(arguments: [
        ("/", "GET /"), ("/users", "GET /users"), ("/users/me", "GET /users/me"), ("/users/17", "GET /users/{id} 17"),
        ("/invoices/9.pdf", "GET /invoices/{id}.pdf 9"), ("/invoices/9", "GET /invoices/{id} 9"),
        ("/invoices/.pdf", "GET /invoices/{id} .pdf"),
        ("/users/", "404"), ("/users//", "404"), ("//", "404"), ("/nobody", "404"), ("users", "404"), ("", "404"),
        ("/users/1/2/3", "404"), ("/users/\(String(repeating: "/a", count: 40))", "404"),
    ])
    func `a path leads to its route`(path: String, route: String) {
        #expect(found(.get, path) == route)
    }

    @Test func `where a literal leads nowhere, the parameter is tried`() {
        #expect(found(.post, "/users/1/photo") == "POST /users/{id}/photo 1")
        #expect(found(.put, "/users/me/blocks/2") == "PUT /users/{id}/blocks/{other} me 2")
    }

    @Test(arguments: [
        ("/users/%6De", "GET /users/me"), ("/users/a%2Fb", "GET /users/{id} a/b"),
        ("/users/%C3%A4", "GET /users/{id} ä"), ("/users/%", "400"), ("/users/%4", "400"), ("/users/%zz", "400"),
        ("/users/%FF", "400"), ("/users/%25", "GET /users/{id} %"), ("/users/a+b", "GET /users/{id} a+b"),
    ])
    func `escapes are decoded once, and refused where they are none`(path: String, route: String) {
        #expect(found(.get, path) == route)
    }

    @Test func `HEAD and OPTIONS come of themselves, and other methods are told what there is`() {
        #expect(found(.head, "/users") == "GET /users")
        #expect(found(.options, "/users/me") == "options GET, HEAD, PATCH, OPTIONS")
        #expect(found(.post, "/users/me") == "405 GET, HEAD, PATCH, OPTIONS")
        #expect(found(.head, "/users/1/blocks/2") == "405 PUT, OPTIONS")
    }
}
