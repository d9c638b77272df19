import JSON
import Postgres
import Runtime

extension PaymentOrder.Status: SQLEncodable, SQLDecodable {}

extension PaymentOrder: RowDecodable {
    package init(row: Row) throws(RowError) {
        id = try row["id"]
        user = try row["user_id"]
        reference = try row["reference"]
        plan = try row["plan_id"]
        cycle = try row["cycle"]
        amount = try row["amount"]
        credited = try row["credited"]
        currency = try row["currency"]
        provider = try row["provider"]
        providerOrderID = try row["provider_order_id"]
        paymentURL = try row["payment_url"]
        upiPayload = try row["upi_payload"]
        status = try row["status"]
        billing = Billing(
            stored: try row["billing_name"], try row["billing_country"], try row["billing_state"],
            try row["billing_address"], try row["billing_gstin"])
        createdAt = try row["created_at"]
        expiresAt = try row["expires_at"]
        paidAt = try row["paid_at"]
    }

    static let columns: StaticString = """
        o.id, o.user_id, o.reference, o.plan_id, o.cycle, o.amount, o.credited, o.currency, o.provider,
        o.provider_order_id, o.payment_url, o.upi_payload, o.status, o.billing_name, o.billing_country, o.billing_state,
        o.billing_address, o.billing_gstin, o.created_at, o.expires_at, o.paid_at
        """

    static func find(_ id: ID<PaymentOrder>, on sql: some SQLRunner) async throws -> PaymentOrder? {
        try await sql.first("select \(literally: columns) from payment_orders o where o.id = \(id)")
    }

    static func all(_ ids: [ID<PaymentOrder>], on sql: some SQLRunner) async throws -> [PaymentOrder] {
        try await sql.all("select \(literally: columns) from payment_orders o where o.id = any (\(ids))")
    }

    /// The person's own.
    static func find(
        _ id: ID<PaymentOrder>?, reference: String? = nil, of user: ID<User>, on sql: some SQLRunner
    ) async throws -> PaymentOrder? {
        try await sql.first(
            """
            select \(literally: columns) from payment_orders o
            where o.user_id = \(user) and (o.id = \(id) or o.reference = \(reference))
            """)
    }

    static func all(
        of user: ID<User>, before: ID<PaymentOrder>?, limit: Int, on sql: some SQLRunner
    ) async throws -> [PaymentOrder] {
        try await sql.all(
            """
            select \(literally: columns) from payment_orders o
            where o.user_id = \(user) and (\(before)::uuid is null or o.id < \(before))
            order by o.id desc
            limit \(limit)
            """)
    }

    static func find(clientKey: String, of user: ID<User>, on sql: some SQLRunner) async throws -> (
        order: ID<PaymentOrder>, digest: [UInt8]
    )? {
        let found: (ID<PaymentOrder>, [UInt8])? = try await sql.first(
            "select id, client_digest from payment_orders where user_id = \(user) and client_key = \(clientKey)")
        return found.map { (order: $0.0, digest: $0.1) }
    }

    /// False where one of the same key is there already.
    func insert(price: ID<PlanPrice>, _ new: NewOrder, on sql: some SQLRunner) async throws -> Bool {
        try await sql.run(
            """
            insert into payment_orders (
                id, user_id, reference, client_key, client_digest, price_id, plan_id, cycle, amount, credited, currency,
                provider, status, billing_name, billing_country, billing_state, billing_address, billing_gstin,
                created_at, expires_at, changed_at
            )
            values (
                \(id), \(user), \(reference), \(new.clientKey), \(new.clientKey == nil ? nil : new.digest), \(price),
                \(plan), \(cycle), \(amount), \(credited), \(currency), \(provider), \(status), \(billing.name),
                \(billing.country), \(billing.state), \(billing.address), \(billing.gstin), \(createdAt), \(expiresAt),
                \(createdAt)
            )
            on conflict on constraint payment_orders_client_key do nothing
            """) > 0
    }

    /// What its provider has made of it. The provider's time counts, and an order is opened once.
    static func note(
        _ opened: OpenedOrder, of id: ID<PaymentOrder>, at now: Timestamp, on sql: some SQLRunner
    ) async throws -> PaymentOrder? {
        try await sql.first(
            """
            update payment_orders o
            set provider_order_id = coalesce(o.provider_order_id, \(opened.id)),
                payment_url = coalesce(o.payment_url, \(opened.paymentURL)),
                checkout = coalesce(o.checkout, \(opened.checkout?.json)),
                upi_payload = coalesce(o.upi_payload, \(opened.upiPayload)),
                expires_at = least(o.expires_at, coalesce(\(opened.expiresAt)::timestamptz, o.expires_at)),
                changed_at = \(now)
            where o.id = \(id)
            returning \(literally: columns)
            """)
    }

    /// What the page between us and the provider needs, as long as there is something to pay.
    static func checkout(_ reference: String, on sql: some SQLRunner) async throws -> Checkout? {
        let found: String? = try await sql.first(
            """
            select checkout::text from payment_orders
            where reference = \(reference) and checkout is not null and status in ('pending', 'failed')
            """)
        return found.flatMap { try? JSONCoder.decode(Checkout.self, from: $0) }
    }

    /// What follows from its payments, as of now.
    func set(_ status: Status, at now: Timestamp, on sql: some SQLRunner) async throws {
        try await sql.run(
            """
            update payment_orders
            set status = \(status), changed_at = \(now),
                paid_at = case when \(status == .paid) then coalesce(paid_at, \(now)) else paid_at end
            where id = \(id)
            """)
    }

    /// An order as it is after its status was set.
    func with(_ status: Status, paidAt: Timestamp?) -> PaymentOrder {
        PaymentOrder(
            id: id, user: user, reference: reference, plan: plan, cycle: cycle, amount: amount, credited: credited,
            currency: currency, provider: provider, providerOrderID: providerOrderID, paymentURL: paymentURL,
            upiPayload: upiPayload, status: status, billing: billing, createdAt: createdAt, expiresAt: expiresAt,
            paidAt: paidAt)
    }
}

extension Checkout: JSONReadable, JSONWritable {
    fileprivate var json: JSONText? { (try? JSONCoder.text(self)).map { JSONText($0) } }
}
