/// What a declaration says besides method, path and text.
package struct RouteTraits<Call: RouteCall>: Sendable {
    var access: RouteAccess
    var limit: RateClass
    var errors: [Call.Code]
    var details: String?
}

extension Route {
    package typealias Run<Input, Output> = @Sendable (Input, Call) async throws -> Output

    package static func get<Input: RouteInput, Output: RouteOutput>(
        _ path: String, _ summary: String, access: RouteAccess = .user, limit: RateClass = .standard,
        errors: [Call.Code] = [], details: String? = nil, _ run: @escaping Run<Input, Output>
    ) -> Route {
        let traits = RouteTraits<Call>(access: access, limit: limit, errors: errors, details: details)
        return make(.get, path, summary, traits, .ignored, run)
    }

    package static func post<Input: RouteInput, Output: RouteOutput>(
        _ path: String, _ summary: String, access: RouteAccess = .user, limit: RateClass = .standard,
        errors: [Call.Code] = [], idempotency: Idempotency = .ignored, details: String? = nil,
        _ run: @escaping Run<Input, Output>
    ) -> Route {
        precondition(idempotency != .kept, "\(path): who keeps answers is declared with `create`")
        let traits = RouteTraits<Call>(access: access, limit: limit, errors: errors, details: details)
        return make(.post, path, summary, traits, idempotency, run)
    }

    package static func put<Input: RouteInput, Output: RouteOutput>(
        _ path: String, _ summary: String, access: RouteAccess = .user, limit: RateClass = .standard,
        errors: [Call.Code] = [], details: String? = nil, _ run: @escaping Run<Input, Output>
    ) -> Route {
        let traits = RouteTraits<Call>(access: access, limit: limit, errors: errors, details: details)
        return make(.put, path, summary, traits, .ignored, run)
    }

    package static func patch<Input: RouteInput, Output: RouteOutput>(
        _ path: String, _ summary: String, access: RouteAccess = .user, limit: RateClass = .standard,
        errors: [Call.Code] = [], details: String? = nil, _ run: @escaping Run<Input, Output>
    ) -> Route {
        let traits = RouteTraits<Call>(access: access, limit: limit, errors: errors, details: details)
        return make(.patch, path, summary, traits, .ignored, run)
    }

    package static func delete<Input: RouteInput, Output: RouteOutput>(
        _ path: String, _ summary: String, access: RouteAccess = .user, limit: RateClass = .standard,
        errors: [Call.Code] = [], details: String? = nil, _ run: @escaping Run<Input, Output>
    ) -> Route {
        let traits = RouteTraits<Call>(access: access, limit: limit, errors: errors, details: details)
        return make(.delete, path, summary, traits, .ignored, run)
    }

    /// A `POST` that creates, in a transaction that it is given. With `Idempotency-Key` the answer is kept in that
    /// transaction, and given again.
    package static func create<Input: RouteInput, Output: RouteOutput>(
        _ path: String, _ summary: String, access: RouteAccess = .user, limit: RateClass = .standard,
        errors: [Call.Code] = [], details: String? = nil,
        _ run: @escaping @Sendable (Input, Call, Call.Transaction) async throws -> Output
    ) -> Route {
        let traits = RouteTraits<Call>(access: access, limit: limit, errors: errors, details: details)
        let input = InputDescription(of: Input.self)
        return Route(
            .post, path, summary, traits, input: input, body: input.hasBody ? .json : .none,
            answers: Output.answers, idempotency: .kept
        ) { request, call in
            let input = try request.read(Input.self)
            return try await call.keepingAnswer { transaction in try await run(input, call, transaction).answer() }
        }
    }

    /// A route that makes its answer, and reads a body that is not JSON, by itself.
    package static func raw<Input: RouteInput>(
        _ method: HTTPMethod, _ path: String, _ summary: String, access: RouteAccess = .user,
        limit: RateClass = .standard, errors: [Call.Code] = [], idempotency: Idempotency = .ignored,
        body: RouteBody = .none, answers: [DeclaredAnswer], details: String? = nil,
        _ run: @escaping @Sendable (Input, Call) async throws -> Response
    ) -> Route {
        let traits = RouteTraits<Call>(access: access, limit: limit, errors: errors, details: details)
        let input = InputDescription(of: Input.self)
        precondition(!input.hasBody, "\(path): a body that is read by the route has no members")
        return Route(
            method, path, summary, traits, input: input, body: body, answers: answers, idempotency: idempotency
        ) { request, call in try await run(try request.read(Input.self), call) }
    }

    private static func make<Input: RouteInput, Output: RouteOutput>(
        _ method: HTTPMethod, _ path: String, _ summary: String, _ traits: RouteTraits<Call>,
        _ idempotency: Idempotency, _ run: @escaping Run<Input, Output>
    ) -> Route {
        let input = InputDescription(of: Input.self)
        return Route(
            method, path, summary, traits, input: input, body: input.hasBody ? .json : .none,
            answers: Output.answers, idempotency: idempotency
        ) { request, call in try await run(try request.read(Input.self), call).answer() }
    }
}
