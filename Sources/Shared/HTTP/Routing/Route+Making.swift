/// What a declaration says besides method, path and text.
public struct RouteTraits<Call: RouteCall>: Sendable {
    var access: RouteAccess
    var limit: RateClass
    var errors: [Call.Code]
    var details: String?
}

extension Route {
    public static var get: RouteMaker<Call> { RouteMaker(method: .get) }
    public static var post: RouteMaker<Call> { RouteMaker(method: .post) }
    public static var put: RouteMaker<Call> { RouteMaker(method: .put) }
    public static var patch: RouteMaker<Call> { RouteMaker(method: .patch) }
    public static var delete: RouteMaker<Call> { RouteMaker(method: .delete) }

    /// A `POST` that creates, in a transaction that it is given. With `Idempotency-Key` the answer is kept in that
    /// transaction, and given again.
    public static func create<Input: RouteInput, Output: RouteOutput>(
        _ path: String, _ summary: String, access: RouteAccess = .user, limit: RateClass = .standard,
        errors: [Call.Code] = [], details: String? = nil,
        _ run: @escaping @Sendable (Input, Call, Call.Transaction) async throws -> Output
    ) -> Route {
        let traits = RouteTraits<Call>(access: access, limit: limit, errors: errors, details: details)
        let input = InputDescription(of: Input.self)
        let plan = input.plan
        return Route(
            .post, path, summary, traits, input: input, body: input.hasBody ? .json : .none,
            answers: Output.answers, idempotency: .kept,
            respond: .later { request, call in
                let input: Input = try request.read(plan)
                return try await call.keepingAnswer { transaction in try await run(input, call, transaction).answer() }
            })
    }

    /// A route that makes its answer, and reads a body that is not JSON, by itself.
    public static func raw<Input: RouteInput>(
        _ method: HTTPMethod, _ path: String, _ summary: String, access: RouteAccess = .user,
        limit: RateClass = .standard, errors: [Call.Code] = [], idempotency: Idempotency = .ignored,
        body: RouteBody = .none, answers: [DeclaredAnswer], details: String? = nil,
        _ run: @escaping @Sendable (Input, Call) async throws -> Response
    ) -> Route {
        let traits = RouteTraits<Call>(access: access, limit: limit, errors: errors, details: details)
        let input = InputDescription(of: Input.self)
        precondition(!input.hasBody, "\(path): a body that is read by the route has no members")
        let plan = input.plan
        return Route(
            method, path, summary, traits, input: input, body: body, answers: answers, idempotency: idempotency,
            respond: .later { request, call in try await run(try request.read(plan), call) })
    }
}

/// Makes the routes of one method, from functions that never wait and from those that do.
public struct RouteMaker<Call: RouteCall>: Sendable {
    let method: HTTPMethod

    public func callAsFunction<Input: RouteInput, Output: RouteOutput>(
        _ path: String, _ summary: String, access: RouteAccess = .user, limit: RateClass = .standard,
        errors: [Call.Code] = [], idempotency: Idempotency = .ignored, details: String? = nil,
        _ run: @escaping @Sendable (Input, Call) throws -> Output
    ) -> Route<Call> {
        let traits = RouteTraits<Call>(access: access, limit: limit, errors: errors, details: details)
        return make(path, summary, traits, idempotency, Output.answers) { read in
            .atOnce { request, call in try run(read(request), call).answer() }
        }
    }

    public func callAsFunction<Input: RouteInput, Output: RouteOutput>(
        _ path: String, _ summary: String, access: RouteAccess = .user, limit: RateClass = .standard,
        errors: [Call.Code] = [], idempotency: Idempotency = .ignored, details: String? = nil,
        _ run: @escaping @Sendable (Input, Call) async throws -> Output
    ) -> Route<Call> {
        let traits = RouteTraits<Call>(access: access, limit: limit, errors: errors, details: details)
        return make(path, summary, traits, idempotency, Output.answers) { read in
            .later { request, call in try await run(read(request), call).answer() }
        }
    }

    /// From a function that calls, once and on the request's loop, when it has its answer.
    public func byCall<Input: RouteInput, Output: RouteOutput>(
        _ path: String, _ summary: String, access: RouteAccess = .user, limit: RateClass = .standard,
        errors: [Call.Code] = [], details: String? = nil,
        _ run: @escaping @Sendable (Input, Call, @escaping (Result<Output, any Error>) -> Void) throws -> Void
    ) -> Route<Call> {
        let traits = RouteTraits<Call>(access: access, limit: limit, errors: errors, details: details)
        return make(path, summary, traits, .ignored, Output.answers) { read in
            .byCall { request, call, answer in
                try run(read(request), call) { output in
                    answer(output.flatMap { output in Result { try output.answer() } })
                }
            }
        }
    }

    private func make<Input: RouteInput>(
        _ path: String, _ summary: String, _ traits: RouteTraits<Call>, _ idempotency: Idempotency,
        _ answers: [DeclaredAnswer], _ respond: (@escaping InputReading<Input>) -> Route<Call>.Respond
    ) -> Route<Call> {
        precondition(idempotency != .kept, "\(path): who keeps answers is declared with `create`")
        let input = InputDescription(of: Input.self)
        return Route(
            method, path, summary, traits, input: input, body: input.hasBody ? .json : .none, answers: answers,
            idempotency: idempotency, respond: respond(Self.reading(by: input.plan)))
    }

    /// Where nothing is taken, nothing is read.
    private static func reading<Input: RouteInput>(by plan: InputPlan) -> InputReading<Input> {
        if let nothing = NoInput() as? Input { return { _ in nothing } }
        return { try $0.read(plan) }
    }
}

/// Reads what a route takes, by a plan that is made once. A closure and no generic value: the runtime would look up what that
/// is for each request.
private typealias InputReading<Input: RouteInput> = @Sendable (RouteRequest) throws -> Input
