import JSON
import Runtime

/// The interface as OpenAPI 3.1 describes it, made of the routes' own declarations.
public struct OpenAPIDocument<Call: RouteCall> {
    public var title: String
    public var version: String
    public var text: String
    public var server: String
    public let routes: [Route<Call>]
    /// Every code a route may refuse with.
    public let refusals: (Route<Call>) -> [Call.Code]
    /// What a refusal looks like.
    public let problem: JSONSchema

    public init(
        title: String, version: String, text: String, server: String, routes: [Route<Call>], problem: JSONSchema,
        refusals: @escaping (Route<Call>) -> [Call.Code]
    ) {
        self.title = title
        self.version = version
        self.text = text
        self.server = server
        self.routes = routes
        self.problem = problem
        self.refusals = refusals
    }

    public func bytes() throws -> [UInt8] { try JSONCoder.encode(self) }

    // MARK: Order

    /// By path, as they first appear.
    private var paths: [(path: String, routes: [Route<Call>])] {
        var order: [String] = []
        var byPath: [String: [Route<Call>]] = [:]
        for route in routes {
            let path = route.pattern.description
            if byPath[path] == nil { order.append(path) }
            byPath[path, default: []].append(route)
        }
        return order.map { ($0, byPath[$0] ?? []) }
    }

    private var tags: [String] {
        var seen: Set<String> = []
        return routes.map(\.tag).filter { seen.insert($0).inserted }
    }
}

extension OpenAPIDocument: JSONWritable {
    public func write(json: inout JSONWriter) {
        json.object { json in
            json.member("openapi", "3.1.0")
            json.key("info")
            json.object { json in
                json.member("title", title)
                json.member("version", version)
                json.member("description", text)
            }
            json.key("servers")
            json.array { json in json.object { json in json.member("url", server) } }
            json.key("tags")
            json.array { json in
                for tag in tags { json.object { json in json.member("name", tag) } }
            }
            json.key("paths")
            json.object { json in
                for (path, routes) in paths {
                    json.key(path)
                    write(routes, &json)
                }
            }
            writeComponents(&json)
        }
    }

    private func write(_ routes: [Route<Call>], _ json: inout JSONWriter) {
        json.object { json in
            for route in routes {
                json.key(route.method.rawValue.lowercased())
                json.write(OpenAPIOperation(route: route, refusals: refusals(route), problem: problem))
            }
        }
    }

    private func writeComponents(_ json: inout JSONWriter) {
        var components = SchemaComponents()
        components.gather(problem)
        for route in routes {
            if route.input.hasBody { components.gather(route.input.body) }
            for parameter in route.input.parameters { components.gather(parameter.schema) }
            for content in route.answers.flatMap(\.contents) { components.gather(content.schema) }
        }
        json.key("components")
        json.object { json in
            json.key("securitySchemes")
            json.object { json in
                json.key("bearer")
                json.object { json in
                    json.member("type", "http")
                    json.member("scheme", "bearer")
                    json.member("bearerFormat", "JWT")
                }
            }
            json.member("schemas", components.schemas)
        }
    }
}

/// The schemas that have names.
struct SchemaComponents {
    private(set) var schemas: [String: JSONSchema] = [:]
    private var texts: [String: [UInt8]] = [:]

    /// Two shapes under one name are a programmer's mistake.
    mutating func gather(_ schema: JSONSchema) {
        switch schema.form {
        case .named(let name, let make):
            let made = make()
            let text = (try? JSONCoder.encode(made)) ?? []
            if let known = texts[name] {
                precondition(known == text, "two schemas are called \(name)")
                return
            }
            schemas[name] = made
            texts[name] = text
            gather(made)
        case .array(let element, _, _), .map(let element): gather(element)
        case .object(let members): for member in members { gather(member.schema) }
        case .oneOf(let forms): for form in forms { gather(form) }
        default: break
        }
    }
}
