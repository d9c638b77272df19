import HTTP
import Model
import Runtime

extension APIFrame {
    /// What is left to do before a request is let in.
    struct Admission {
        /// Whose limits only Redis can decide; mostly nobody's.
        var unsure: [RateSubject] = []
        /// Said after the limits: whoever tries tokens is limited like anybody who has none.
        var refusal: Problem?
    }

    func admit(_ call: Call, _ route: APIRoute) throws -> Admission {
        if route.access == .admin { try options.adminGuard.demand(call.request.client) }
        var admission = Admission()
        if route.access == .user || route.access == .optional || route.access == .admin {
            do throws(Problem) {
                call.caller = try authenticator.token(of: call.request, at: call.facts.time)
                if call.caller == nil, route.access == .admin { call.caller = try pageToken(call) }
                if call.caller == nil, route.access != .optional {
                    admission.refusal = Problem(.unauthenticated, "An access token is needed")
                }
            } catch {
                admission.refusal = error
            }
        }
        if call.caller == nil {
            if try !limit(call, route.limit, .stranger) { admission.unsure.append(.stranger) }
        } else {
            if try !limit(call, route.limit, .address) { admission.unsure.append(.address) }
            if try !limit(call, route.limit, .person) { admission.unsure.append(.person) }
        }
        return admission
    }

    /// Of a page of the dashboard, which has a cookie.
    private func pageToken(_ call: Call) throws(Problem) -> AccessToken? {
        guard let door = options.door, let text = door.token(of: call.request) else { return nil }
        let token = try authenticator.token(Substring(text), on: call.request.loop, at: call.facts.time)
        try door.demandOwnPage(call.request, token.session)
        call.isFromPage = true
        return token
    }

    func demandAdmin(_ call: Call, _ route: APIRoute) async throws {
        let isAdmin = try await authenticator.isAdmin(try call.user)
        if !isAdmin || route.method != .get { try await audit(call, route, isAdmin: isAdmin) }
        guard isAdmin else { throw Problem(.forbidden, "Only administrators may do this") }
    }

    /// False where only the shared bucket can say.
    func limit(_ call: Call, _ limit: RateClass, _ subject: RateSubject) throws -> Bool {
        switch limiter.check(limit, subject, identity(of: subject, call), on: call.request.loop) {
        case .verdict(let verdict):
            try obey(verdict, subject, call)
            return true
        case .unlimited: return true
        case .ask: return false
        }
    }

    func ask(_ call: Call, _ limit: RateClass, _ subject: RateSubject) async throws {
        let verdict = await limiter.ask(limit, subject, identity(of: subject, call), on: call.request.loop)
        if let verdict { try obey(verdict, subject, call) }
    }

    private func identity(of subject: RateSubject, _ call: Call) -> (UInt64, UInt64) {
        switch (subject, call.caller) {
        case (.person, let caller?): (caller.user.uuid.high, caller.user.uuid.low)
        default: call.request.client?.network ?? (0, 0)
        }
    }

    private func obey(_ verdict: RateVerdict, _ subject: RateSubject, _ call: Call) throws(Problem) {
        if subject != .address || !verdict.isAllowed { call.rate = verdict }
        guard !verdict.isAllowed else { return }
        var problem = Problem(.rateLimited, "Too many requests")
        problem.retryAfter = .seconds(verdict.resetSeconds)
        throw problem
    }
}
