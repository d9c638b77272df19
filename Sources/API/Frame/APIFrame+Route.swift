import HTTP
import JSON
import Model
import Runtime

extension APIFrame {
    /// A request that has found its route: may it, what does it bring, what comes of it.
    func run(_ route: APIRoute, _ values: [Substring], _ call: Call) async -> Response {
        do {
            try await admit(call, route)
            let request = RouteRequest(try source(call, route, values), body: try await body(call, route))
            let response = try await route.respond(request, call)
            if options.isStrict { try StrictCheck.check(response, route) }
            return response
        } catch {
            return refuse(error, call, route)
        }
    }

    // MARK: Who

    private func admit(_ call: Call, _ route: APIRoute) async throws {
        if route.access == .admin { try options.adminGuard.demand(call.request.client) }
        let wantsToken = route.access == .user || route.access == .optional || route.access == .admin
        guard wantsToken, let token = try await token(call, route) else {
            try await limit(call, route.limit, .stranger)
            if wantsToken && route.access != .optional { throw Problem(.unauthenticated, "An access token is needed") }
            return
        }
        call.caller = token
        try await limit(call, route.limit, .address)
        try await limit(call, route.limit, .person)
        if route.access == .admin { try await demandAdmin(call, route) }
    }

    /// Whoever tries tokens is limited like anybody who has none.
    private func token(_ call: Call, _ route: APIRoute) async throws -> AccessToken? {
        do throws(Problem) {
            return try authenticator.token(of: call.request, at: call.facts.time)
        } catch {
            try await limit(call, route.limit, .stranger)
            throw error
        }
    }

    private func demandAdmin(_ call: Call, _ route: APIRoute) async throws {
        let isAdmin = try await authenticator.isAdmin(try call.user)
        if !isAdmin || route.method != .get { try await audit(call, route, isAdmin: isAdmin) }
        guard isAdmin else { throw Problem(.forbidden, "Only administrators may do this") }
    }

    func limit(_ call: Call, _ limit: RateClass, _ subject: RateSubject) async throws {
        guard limit != .unlimited else { return }
        let request = call.request
        let id: (UInt64, UInt64)
        switch (subject, call.caller) {
        case (.person, let caller?): id = (caller.user.uuid.high, caller.user.uuid.low)
        default: id = request.client?.network ?? (0, 0)
        }
        guard let verdict = await limiter.check(limit, subject, id, on: request.loop) else { return }
        if subject != .address || !verdict.isAllowed { call.rate = verdict }
        guard !verdict.isAllowed else { return }
        var problem = Problem(.rateLimited, "Too many requests")
        problem.retryAfter = .seconds(verdict.resetSeconds)
        throw problem
    }

    // MARK: What

    private func source(_ call: Call, _ route: APIRoute, _ values: [Substring]) throws(InputFault) -> InputSource {
        var query = QueryParameters()
        if let text = call.request.query {
            guard let parsed = QueryParameters(text) else { throw .brokenQuery }
            try parsed.demand(route.queryNames)
            query = parsed
        }
        return InputSource(names: route.parameterNames, values: values, query: query, headers: call.request.headers)
    }

    /// Nil where there is none to read.
    private func body(_ call: Call, _ route: APIRoute) async throws -> [UInt8]? {
        if route.idempotency == .refused, call.request.headers.has("Idempotency-Key") {
            throw Problem(.idempotencyKeyRefused, "Idempotency-Key is not accepted here")
        }
        switch route.body {
        case .none: return nil
        case .raw(let types):
            guard ContentType.matches(call.request.headers["Content-Type"], types) else {
                throw Problem(.unsupportedMediaType, "Accepted are \(types.joined(separator: ", "))")
            }
            return nil
        case .json:
            let bytes = try await call.request.body.all(upTo: options.bodyLimit)
            if bytes.isEmpty {
                guard !route.input.needsBody else { throw Problem(.malformedBody, "A JSON body is needed") }
                return nil
            }
            guard ContentType.isJSON(call.request.headers["Content-Type"]) else {
                throw Problem(.unsupportedMediaType, "The body must be application/json")
            }
            call.body = bytes
            return bytes
        }
    }

    // MARK: Refusals

    private func refuse(_ error: any Error, _ call: Call, _ route: APIRoute) -> Response {
        var problem = Problem(error)
        switch problem.code {
        case .internalError:
            log.error("a request failed", ["http.route": .string(route.name), "error": .error(error)])
        case .unavailable where !(error is CancellationError):
            log.warning("a request could not be served", ["http.route": .string(route.name), "error": .error(error)])
        default:
            if !route.mayRefuse(with: problem.code) {
                log.error(
                    "a route refused with what it does not declare",
                    ["http.route": .string(route.name), "code": .string(problem.code.name)])
                if options.isStrict { problem = Problem(.internalError, "Undeclared: \(problem.code.name)") }
            }
        }
        return call.response(to: problem)
    }
}
