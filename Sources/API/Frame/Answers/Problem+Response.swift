import HTTP
import JSON
import Model
import Runtime

/// A problem as it is sent: RFC 9457, with what is ours.
struct ProblemDocument: SchemaBearing {
    let problem: Problem
    let instance: String
    let requestID: String

    func write(json: inout JSONWriter) {
        json.object { json in
            json.member("type", "/docs#problem-\(problem.code.name)")
            json.member("title", problem.code.title)
            json.member("status", problem.code.status)
            json.member("detail", ifPresent: problem.detail)
            json.member("instance", instance)
            json.member("code", problem.code.name)
            json.member("requestId", requestID)
            if !problem.errors.isEmpty { json.member("errors", problem.errors.map(FieldError.init)) }
        }
    }

    static var schema: JSONSchema {
        .named("Problem") {
            .object([
                .init("type", .string(format: "uri-reference")),
                .init("title", .string()),
                .init("status", .integer(400...599)),
                .init("detail", .string().described("For people."), isRequired: false),
                .init("instance", .string(format: "uri-reference")),
                .init("code", .choice(Problem.Code.allCases.map(\.name)).described("For programs. Never renamed.")),
                .init("requestId", .string()),
                .init("errors", .array(of: FieldError.schema), isRequired: false),
            ])
        }
    }

    static let contentType = "application/problem+json"
}

/// What is wrong with one field.
private struct FieldError: SchemaBearing {
    let problem: JSONProblem

    func write(json: inout JSONWriter) {
        json.object { json in
            json.member("field", problem.path)
            json.member("code", problem.code.rawValue)
            json.member("message", problem.message)
        }
    }

    static var schema: JSONSchema {
        .named("FieldError") {
            .object([
                .init("field", .string().described("Its path in the body, or the name of the parameter.")),
                .init("code", .choice(JSONProblem.Code.allCases.map(\.rawValue))),
                .init("message", .string()),
            ])
        }
    }
}

extension Problem {
    /// The same document for where there is no HTTP answer: inside a message on a WebSocket.
    package func document(instance: String, requestID: String) -> some JSONWritable {
        ProblemDocument(problem: self, instance: instance, requestID: requestID)
    }
}

extension Call {
    /// For what is answered rather than thrown, since more headers go with it.
    package func response(to problem: Problem) -> Response {
        let document = ProblemDocument(problem: problem, instance: request.path, requestID: id.description)
        var response = Response(problem.code.status)
        response.headers.add("Content-Type", ProblemDocument.contentType)
        if let bytes = try? JSONCoder.encode(document) { response.body = .bytes(bytes) }
        switch problem.code {
        case .unauthenticated: response.headers.add("WWW-Authenticate", "Bearer")
        case .tokenExpired:
            response.headers.add("WWW-Authenticate", "Bearer error=\"invalid_token\"")
        default: break
        }
        // Only for the sake of a coding: it tells that from a type that is not known.
        if refusesCoding { response.headers.add("Accept-Encoding", "identity") }
        if let wait = problem.retryAfter {
            response.headers.add("Retry-After", String(max(1, (wait.milliseconds + 999) / 1000)))
        }
        return response
    }
}
