import APIFrame
import HTTP
import Model

extension Call {
    var signedIn: SignedInUser {
        get throws(Problem) { SignedInUser(try token) }
    }

    /// In routes that serve both.
    var signedInIfAny: SignedInUser? { caller.map { SignedInUser($0) } }
}

extension SignedInUser {
    init(_ token: AccessToken) { self.init(token.user, session: token.session) }
}
