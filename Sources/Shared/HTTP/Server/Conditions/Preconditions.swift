import Runtime

/// What a resource is like now, for requests that depend on it.
public struct Validators: Sendable {
    public var tag: EntityTag?
    /// Whole seconds count.
    public var modified: Timestamp?

    public init(tag: EntityTag? = nil, modified: Timestamp? = nil) {
        self.tag = tag
        self.modified = modified
    }

    /// Those that an answer bears.
    init(of headers: HTTPHeaders) {
        tag = headers["ETag"].flatMap { EntityTag(field: $0) }
        modified = headers["Last-Modified"].flatMap(HTTPDate.parse)
    }

    var isEmpty: Bool { tag == nil && modified == nil }
}

/// How the conditions of a request turn out: If-Match, If-None-Match, and their two relatives with dates.
public enum Preconditions {
    public enum Outcome: Sendable {
        case proceed
        /// The client has it already: 304.
        case notModified
        /// The client would act on something else than it thinks: 412.
        case failed
    }

    /// In the order of RFC 9110, 13.2.2. A handler that changes something asks before it does; answers to GET and HEAD
    /// with an `ETag` or a `Last-Modified` are looked after by the server.
    public static func check(_ request: Request, _ now: Validators) -> Outcome {
        let headers = request.headers
        let isRead = request.method == .get || request.method == .head
        if let wanted = headers.list("If-Match") {
            if !matches(wanted, now.tag, { $0.matchesStrongly($1) }) { return .failed }
        } else if let since = headers["If-Unmodified-Since"].flatMap(HTTPDate.parse), let modified = now.modified {
            if modified.seconds > since.seconds { return .failed }
        }
        if let known = headers.list("If-None-Match") {
            if matches(known, now.tag, { $0.matchesWeakly($1) }) { return isRead ? .notModified : .failed }
        } else if isRead, let since = headers["If-Modified-Since"].flatMap(HTTPDate.parse), let modified = now.modified
        {
            if modified.seconds <= since.seconds { return .notModified }
        }
        return .proceed
    }

    /// `*` stands for any version, if there is one.
    private static func matches(_ list: String, _ tag: EntityTag?, _ same: (EntityTag, EntityTag) -> Bool) -> Bool {
        guard let tag else { return false }
        return list == "*" || EntityTag.list(list).contains { same($0, tag) }
    }
}

extension RequestHeaders {
    /// The values of all fields of that name as one list; nil when there is none.
    func list(_ name: String) -> String? {
        guard has(name) else { return nil }
        return all(name).joined(separator: ", ")
    }
}

extension Response {
    /// What is answered instead, when the client has this already or thinks of another version; nil when it is not.
    func afterConditions(of request: Request) -> Response? {
        guard status == 200, request.method == .get || request.method == .head else { return nil }
        let validators = Validators(of: headers)
        guard !validators.isEmpty else { return nil }
        switch Preconditions.check(request, validators) {
        case .proceed: return nil
        case .notModified: return notModified()
        case .failed: return Response(412)
        }
    }

    /// The same without a body: 304.
    func notModified() -> Response {
        var response = self
        response.status = 304
        response.body = .none
        for name in ["Content-Type", "Content-Encoding", "Content-Range", "Content-Disposition"] {
            response.headers.remove(name)
        }
        return response
    }
}
