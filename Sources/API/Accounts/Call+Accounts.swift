import APIFrame
import HTTP
import Model
import Runtime

extension Call {
    /// Where the request comes from, as far as it is kept.
    var origin: Origin {
        Origin(address: request.client, userAgent: request.headers["User-Agent"], requestID: id)
    }

    var signedIn: SignedInUser {
        get throws(Problem) { SignedInUser(try user) }
    }

    /// In routes that serve both.
    var signedInIfAny: SignedInUser? { caller.map { SignedInUser($0) } }
}

extension SignedInUser {
    init(_ caller: Caller) { self.init(ID(caller.userID), session: ID(caller.sessionID)) }
}
