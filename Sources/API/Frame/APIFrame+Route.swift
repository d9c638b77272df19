import HTTP
import JSON
import Model
import Runtime

extension APIFrame {
    /// A request that has found its route: may it, what does it bring, what comes of it.
    func begin(_ route: APIRoute, _ values: [Substring], _ call: Call) -> Step {
        do {
            let admission = try admit(call, route)
            if admission.unsure.isEmpty, let refusal = admission.refusal { throw refusal }
            if admission.unsure.isEmpty, route.access != .admin, route.need == nil, !route.respond.needsTask,
                let input = try inputAtHand(route, values, call)
            {
                switch route.respond {
                case .atOnce(let respond):
                    return .answer(try Log.$context.withValue(call.facts) { try checked(respond(input, call), route) })
                case .byCall(let respond): return .pending { [self] in begin(respond, input, route, call, then: $0) }
                case .later: break
                }
            }
            return .work { [self] in await run(route, values, call, admission) }
        } catch {
            return .answer(Log.$context.withValue(call.facts) { refuse(error, call, route) })
        }
    }

    private func begin(
        _ start: APIRoute.RespondByCall, _ input: RouteRequest, _ route: APIRoute, _ call: Call,
        then respond: @escaping Beginning.Respond
    ) {
        let answer = { [self] (outcome: Result<Response, any Error>) in
            do {
                respond(try checked(outcome.get(), route))
            } catch {
                respond(Log.$context.withValue(call.facts) { refuse(error, call, route) })
            }
        }
        do { try start(input, call, answer) } catch { answer(.failure(error)) }
    }

    private func run(_ route: APIRoute, _ values: [Substring], _ call: Call, _ admission: Admission) async -> Response {
        do {
            for subject in admission.unsure { try await ask(call, route.limit, subject) }
            if let refusal = admission.refusal { throw refusal }
            if route.access == .admin { try await demandAdmin(call, route) }
            let input: RouteRequest
            if let atHand = try inputAtHand(route, values, call) {
                input = atHand
            } else {
                let body = try await call.request.body.all(upTo: options.bodyLimit)
                input = RouteRequest(try source(call, route, values), body: try accept(body, call, route))
            }
            if let need = route.need { try await demand(need, call) }
            switch route.respond {
            case .atOnce(let respond): return try checked(respond(input, call), route)
            case .byCall(let respond): return try checked(await answer(of: respond, input, call), route)
            case .later(let respond): return try checked(await respond(input, call), route)
            }
        } catch {
            return refuse(error, call, route)
        }
    }

    /// What the person's plan has to have. Asked last, so that nothing is taken for a request that says nothing.
    private func demand(_ need: RouteNeed, _ call: Call) async throws {
        if need.amount > 0 {
            try await entitlements.take(need.amount, of: need.feature, by: try call.user)
        } else {
            try await entitlements.demand(need.feature, of: try call.user)
        }
    }

    /// For a request that has a task already.
    private func answer(
        of respond: APIRoute.RespondByCall, _ input: RouteRequest, _ call: Call
    ) async throws -> Response {
        var outcome: Result<Response, any Error> = .failure(CancellationError())
        await withUnsafeContinuation { continuation in
            let note = { (given: Result<Response, any Error>) in
                outcome = given
                continuation.resume()
            }
            do { try respond(input, call, note) } catch { note(.failure(error)) }
        }
        return try outcome.get()
    }

    private func checked(_ response: Response, _ route: APIRoute) throws -> Response {
        if options.isStrict { try StrictCheck.check(response, route) }
        return response
    }

    // MARK: What

    private func source(_ call: Call, _ route: APIRoute, _ values: [Substring]) throws(InputFault) -> InputSource {
        var query = QueryParameters()
        if let text = call.request.query {
            guard let parsed = QueryParameters(text) else { throw .brokenQuery }
            if !route.input.ignoresUnknownQuery { try parsed.demand(route.queryNames) }
            query = parsed
        }
        return InputSource(names: route.parameterNames, values: values, query: query, headers: call.request.headers)
    }

    /// All that the route reads; nil where some of the body is still to come.
    private func inputAtHand(_ route: APIRoute, _ values: [Substring], _ call: Call) throws -> RouteRequest? {
        try checkHead(call, route)
        var body: [UInt8]?
        if case .json = route.body {
            guard let bytes = try call.request.body.allAtHand(upTo: options.bodyLimit) else { return nil }
            body = try accept(bytes, call, route)
        }
        return RouteRequest(try source(call, route, values), body: body)
    }

    /// What the headers alone can forbid.
    private func checkHead(_ call: Call, _ route: APIRoute) throws(Problem) {
        if route.idempotency == .refused, call.request.headers.has("Idempotency-Key") {
            throw Problem(.idempotencyKeyRefused, "Idempotency-Key is not accepted here")
        }
        if route.body.isSomething { try checkCoding(call) }
        if case .raw(let types) = route.body, !ContentType.matches(call.request.headers["Content-Type"], types) {
            throw Problem(.unsupportedMediaType, "Accepted are \(types.joined(separator: ", "))")
        }
    }

    private func checkCoding(_ call: Call) throws(Problem) {
        guard call.request.headers.has("Content-Encoding"),
            !call.request.headers.all("Content-Encoding").allSatisfy({ $0.lowercased() == "identity" })
        else { return }
        call.refusesCoding = true
        throw Problem(.unsupportedMediaType, "Bodies are taken as they are: no Content-Encoding")
    }

    /// The JSON body; nil where the request has none and needs none.
    private func accept(_ bytes: [UInt8], _ call: Call, _ route: APIRoute) throws(Problem) -> [UInt8]? {
        if bytes.isEmpty {
            guard !route.input.needsBody else { throw Problem(.malformedBody, "A JSON body is needed") }
            return nil
        }
        guard ContentType.isJSON(call.request.headers["Content-Type"]) else {
            throw Problem(.unsupportedMediaType, "The body must be application/json, in UTF-8")
        }
        call.body = bytes
        return bytes
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
