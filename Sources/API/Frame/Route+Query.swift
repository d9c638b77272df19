import HTTP
import Postgres
import Runtime

extension RouteMaker where Call == APICall {
    /// A route that is one query of the database. It is run without a task, which is most of what such a request costs.
    package func callAsFunction<Input: RouteInput, Output: RouteOutput>(
        _ path: String, _ summary: String, access: RouteAccess = .user, limit: RateClass = .standard,
        errors: [Call.Code] = [], details: String? = nil, on database: Database,
        _ query: @escaping @Sendable (Input, Call) throws -> Query<Output>
    ) -> APIRoute {
        byCall(path, summary, access: access, limit: limit, errors: errors, details: details) {
            input, call, answer in
            let query = try query(input, call)
            call.request.loop.withCurrent(answer) { answer, domain in
                database.value(of: query, on: domain, then: answer)
            }
        }
    }
}
