import HTTP
import JSON

/// Compares an answer with what its route declares: status, type, and every member of the body.
enum StrictCheck {
    static func check(_ response: Response, _ route: APIRoute) throws {
        let type = response.headers["Content-Type"]
        if type == ProblemDocument.contentType, route.refusals.contains(where: { $0.status == response.status }) {
            return
        }
        guard let declared = route.answers.first(where: { $0.status == response.status }) else {
            throw UndeclaredAnswer("\(route.name) answered \(response.status)")
        }
        guard case .bytes(let bytes) = response.body, !bytes.isEmpty else { return }
        guard let content = declared.contents.first(where: { ContentType.isSame(type, $0.type) }) else {
            throw UndeclaredAnswer("\(route.name) answered with \(type ?? "no type")")
        }
        guard content.type == "application/json" else { return }
        let faults = content.schema.faults(in: try JSONCoder.decode(JSONValue.self, from: bytes))
        guard faults.isEmpty else { throw UndeclaredAnswer("\(route.name): \(faults.joined(separator: "; "))") }
    }
}

/// An answer that its route does not declare.
struct UndeclaredAnswer: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
