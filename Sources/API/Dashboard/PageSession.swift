import HTTP
import JSON
import Runtime

struct DashboardFilePath: RouteInput {
    let name: String
    init(from input: inout InputReader) { name = input.path("file", .text(1...64)) }
}

struct PageCheckInput: RouteInput {
    let password: Secret?
    let code: String?

    init(from input: inout InputReader) {
        password = input.readIfPresent("password", .presentPassword)
        code = input.readIfPresent("code", .code)
    }
}

/// Who is signed in, and what the page has to send along.
struct PageSession: Representable {
    let username: String
    let csrfToken: String
    let expiresIn: Int
    let hasSecondFactor: Bool

    static let representation = Representation<PageSession>(
        "PageSession", "Who is signed in at a page of the dashboard.",
        [
            .member("username") { $0.username },
            .member("csrfToken", "For the header `X-CSRF-Token` of every request.") { $0.csrfToken },
            .member("expiresIn", "Seconds in which `refresh` is to be called.") { $0.expiresIn },
            .member("hasSecondFactor", "Whether `check` asks for a code; else for the password.") {
                $0.hasSecondFactor
            },
        ])
}

/// A sign-in of a page, or its first half. The tokens are in cookies that scripts cannot read.
enum PageSignIn: RouteOutput, SchemaBearing {
    case complete(PageSession, cookies: [String])
    case secondFactor(token: String)

    static var schema: JSONSchema {
        JSONSchema(
            .oneOf([
                PageSession.schema,
                .object([JSONSchema.Member("mfaRequired", .bool), JSONSchema.Member("mfaToken", .string())]),
            ]))
    }

    static var answers: [DeclaredAnswer] { [.json(200, schema)] }

    func write(json: inout JSONWriter) {
        switch self {
        case .complete(let session, _): session.write(json: &json)
        case .secondFactor(let token):
            json.object { json in
                json.member("mfaRequired", true)
                json.member("mfaToken", token)
            }
        }
    }

    func answer() throws -> Response {
        var response = try Response.json(200, self)
        if case .complete(_, let cookies) = self {
            for cookie in cookies { response.headers.add("Set-Cookie", cookie) }
        }
        return response
    }
}

/// Shows for a while that it was checked once more who asks.
struct PageCheck: Representable {
    let proof: String
    let until: Timestamp

    static let representation = Representation<PageCheck>(
        "PageCheck", "Shows for a while that it was checked once more who asks.",
        [
            .member("proof", "For the header `X-Second-Check`.") { $0.proof },
            .member("until") { $0.until },
        ])
}

/// 204, and the cookies are gone.
struct PageFarewell: RouteOutput {
    let cookies: [String]

    static var answers: [DeclaredAnswer] { [DeclaredAnswer(204)] }

    func answer() -> Response {
        var response = Response(204)
        for cookie in cookies { response.headers.add("Set-Cookie", cookie) }
        return response
    }
}
