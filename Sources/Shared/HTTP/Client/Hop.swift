/// A request at one address: the first, or one that a redirect leads to.
struct Hop {
    let url: HTTPURL
    let request: HTTPRequest

    init(_ request: HTTPRequest, guardedBy urlGuard: URLGuard?) throws(HTTPClientError) {
        guard let url = HTTPURL(request.url) else { throw .invalidRequest("not a usable URL: \(request.url)") }
        if let name = request.headers.forbidden { throw .invalidRequest("header \(name) cannot be sent so") }
        if let objection = urlGuard?.objection(to: url) { throw .refusedAddress(objection) }
        self.url = url
        self.request = request
    }

    private init(_ url: HTTPURL, _ request: HTTPRequest) {
        self.url = url
        self.request = request
    }

    /// Where the answer sends us; nil when it is the end.
    func following(_ answer: HTTPAnswer, guardedBy urlGuard: URLGuard?) throws(HTTPClientError) -> Hop? {
        guard [301, 302, 303, 307, 308].contains(answer.status), let location = answer.headers["Location"] else {
            return nil
        }
        guard let target = url.resolving(location) else { throw .refusedRedirect("not a usable URL: \(location)") }
        guard target.isEncrypted || !url.isEncrypted else {
            throw .refusedRedirect("from an encrypted connection to \(target)")
        }
        if let objection = urlGuard?.objection(to: target) { throw .refusedAddress(objection) }
        return Hop(target, adapted(to: target, after: answer.status))
    }

    private func adapted(to target: HTTPURL, after status: Int) -> HTTPRequest {
        var next = request
        // As browsers do: after 303 always, after 301 and 302 when something was posted, the body is not sent again.
        let isPost = request.method == .post
        if (status == 303 && request.method != .head) || (isPost && (status == 301 || status == 302)) {
            next.method = .get
            next.body = .none
            next.headers.remove("Content-Type")
        }
        if target.origin != url.origin {
            for secret in ["Authorization", "Cookie", "Proxy-Authorization", "Host"] { next.headers.remove(secret) }
        }
        return next
    }
}
