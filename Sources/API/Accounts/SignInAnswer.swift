import HTTP
import JSON
import Model
import Runtime

extension SignedIn: Representable {
    package static let representation = Representation<SignedIn>(
        "SignedIn", "What a device gets when it is signed in.",
        [
            .member("user") { $0.user },
            .member("accessToken", "For the header `Authorization`.") { $0.accessToken },
            .member("refreshToken", "Brings the next pair of tokens, once.") { $0.refreshToken },
            .member("expiresIn", "Seconds that the access token is good for.") { Int($0.expiresIn.components.seconds) },
        ])
}

extension RefreshedTokens: Representable {
    package static let representation = Representation<RefreshedTokens>(
        "RefreshedTokens", "The next pair of tokens.",
        [
            .member("accessToken") { $0.accessToken },
            .member("refreshToken", "The next one: the one that was sent is used up.") { $0.refreshToken },
            .member("expiresIn", "Seconds that the access token is good for.") { Int($0.expiresIn.components.seconds) },
        ])
}

/// The half of a sign-in that waits for a code.
struct SecondFactorWanted: Representable {
    let token: String
    let lifetime: Duration

    static let representation = Representation<SecondFactorWanted>(
        "SecondFactorWanted", "A code of the authenticator app, or a backup code, is wanted: `POST /auth/mfa`.",
        [
            .member("mfaRequired") { _ in true },
            .member("mfaToken") { $0.token },
            .member("expiresIn", "Seconds in which the code has to come.") { Int($0.lifetime.components.seconds) },
        ])
}

/// A sign-in, or its first half.
struct SignInAnswer: RouteOutput, SchemaBearing {
    let signIn: SignIn

    static var schema: JSONSchema { JSONSchema(.oneOf([SignedIn.schema, SecondFactorWanted.schema])) }
    static var answers: [DeclaredAnswer] { [.json(200, schema)] }

    func write(json: inout JSONWriter) {
        switch signIn {
        case .complete(let signedIn): signedIn.write(json: &json)
        case .secondFactor(let token, let lifetime):
            SecondFactorWanted(token: token, lifetime: lifetime).write(json: &json)
        }
    }

    func answer() throws -> Response { try .json(200, self) }
}

/// What a code for a telephone number has come to: a sign-in, or the number in the account of who is signed in.
struct VerifiedPhoneAnswer: RouteOutput {
    let verified: VerifiedPhone

    static var answers: [DeclaredAnswer] {
        [
            .json(200, SignInAnswer.schema, "Signed in"),
            DeclaredAnswer(204, "The number is in the account of who is signed in"),
        ]
    }

    func answer() throws -> Response {
        switch verified {
        case .attached: Response(204)
        case .signIn(let signIn): try SignInAnswer(signIn: signIn).answer()
        }
    }
}
