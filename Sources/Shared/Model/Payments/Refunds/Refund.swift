import Postgres
import Runtime

/// Money that goes back.
package struct Refund: Sendable {
    package enum State: String, Sendable, CaseIterable {
        /// Asked for by an administrator.
        case requested
        /// With the provider.
        case submitted
        /// The provider was asked, and did not answer: it is looked for before it is asked again.
        case unknown
        case succeeded, failed

        var isSettled: Bool { self == .succeeded || self == .failed }
    }

    package enum Origin: String, Sendable, CaseIterable { case admin, provider, dispute }

    package let id: ID<Refund>
    package let payment: ID<Payment>
    package let amount: Int64
    package let currency: String
    package let state: State
    package let origin: Origin
    package let reason: String
    package let requestedBy: ID<User>?
    package let provider: ProviderName
    package let providerRefundID: String?
    package let failure: String?
    package let createdAt: Timestamp
    package let settledAt: Timestamp?

    /// What the provider tells repetitions by.
    var reference: String { Self.reference(of: id) }

    static func reference(of id: ID<Refund>) -> String { "R" + id.description.filter { $0 != "-" } }

    static func id(in reference: String) -> ID<Refund>? {
        guard reference.utf8.count == 33, reference.hasPrefix("R") else { return nil }
        let digits = Array(reference.dropFirst())
        let parts = [digits[0..<8], digits[8..<12], digits[12..<16], digits[16..<20], digits[20..<32]]
        return ID(parts.map { String($0) }.joined(separator: "-"))
    }
}

extension Refund.State: SQLEncodable, SQLDecodable {}
extension Refund.Origin: SQLEncodable, SQLDecodable {}

extension Refund: RowDecodable {
    package init(row: Row) throws(RowError) {
        id = try row["id"]
        payment = try row["payment_id"]
        amount = try row["amount"]
        currency = try row["currency"]
        state = try row["state"]
        origin = try row["origin"]
        reason = try row["reason"]
        requestedBy = try row["requested_by"]
        provider = try row["provider"]
        providerRefundID = try row["provider_refund_id"]
        failure = try row["failure"]
        createdAt = try row["created_at"]
        settledAt = try row["settled_at"]
    }

    static let columns: StaticString = """
        r.id, r.payment_id, r.amount, r.currency, r.state, r.origin, r.reason, r.requested_by, r.provider,
        r.provider_refund_id, r.failure, r.created_at, r.settled_at
        """

    static func find(_ id: ID<Refund>, on sql: some SQLRunner) async throws -> Refund? {
        try await sql.first("select \(literally: columns) from refunds r where r.id = \(id)")
    }

    static func all(of payment: ID<Payment>, on sql: some SQLRunner) async throws -> [Refund] {
        try await sql.all(
            "select \(literally: columns) from refunds r where r.payment_id = \(payment) order by r.id")
    }

    /// By what we called it, or by what the provider does.
    static func lock(
        _ fact: RefundFact, of provider: ProviderName, on sql: some SQLRunner
    ) async throws -> Refund? {
        try await sql.first(
            """
            select \(literally: columns) from refunds r
            where r.provider = \(provider)
                and (r.id = \(fact.reference.flatMap(id(in:))) or r.provider_refund_id = \(fact.id))
            order by r.id
            limit 1
            for no key update
            """)
    }

    func insert(at now: Timestamp, on sql: some SQLRunner) async throws -> Bool {
        try await sql.run(
            """
            insert into refunds (
                id, payment_id, amount, currency, state, origin, reason, requested_by, provider, provider_refund_id,
                created_at, changed_at, settled_at
            )
            values (
                \(id), \(payment), \(amount), \(currency), \(state), \(origin), \(reason), \(requestedBy), \(provider),
                \(providerRefundID), \(createdAt), \(now), \(state.isSettled ? now : nil)
            )
            on conflict (provider, provider_refund_id) do nothing
            """) > 0
    }

    /// Where it stands now; what has been settled stays so.
    static func set(
        _ state: State, _ providerID: String? = nil, failure: String? = nil, of id: ID<Refund>, at now: Timestamp,
        on sql: some SQLRunner
    ) async throws -> Bool {
        try await sql.run(
            """
            update refunds
            set state = \(state), provider_refund_id = coalesce(provider_refund_id, \(providerID)),
                failure = \(failure), changed_at = \(now),
                settled_at = case when \(state.isSettled) then \(now)::timestamptz end
            where id = \(id) and settled_at is null
            """) > 0
    }
}
