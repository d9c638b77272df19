import Glibc
import JSON
import Model
import Postgres
import Runtime
import TestSupport
import Testing

@Suite(.ownStores) struct PaymentCommandTests {
    private static let keys = [
        "RAZORPAY_KEY_ID": "rzp_test_1", "RAZORPAY_KEY_SECRET": "s", "RAZORPAY_WEBHOOK_SECRET": "wh-secret-1",
        "UPI_PA": "shop@bank", "UPI_PN": "A shop",
    ]

    @Test func `what is set up is shown, and what is wrong is named`() async throws {
        let good = try await Yardctl.run("payments", "validate-config", environment: Self.keys)
        #expect(good.code == .code(0) && good.output.contains("/webhooks/payments/razorpay"))
        #expect(!good.output.contains("wh-secret-1"))
        var broken = Self.keys
        broken["RAZORPAY_KEY_SECRET"] = nil
        broken["INVOICE_SELLER_STATE"] = "Atlantis"
        let wrong = try await Yardctl.run("payments", "validate-config", environment: broken)
        #expect(wrong.code == .code(78))
        #expect(wrong.errors.contains("RAZORPAY_KEY_SECRET") && wrong.errors.contains("INVOICE_SELLER_STATE"))
    }

    @Test func `a QR code is drawn of the payload that it shows`() async throws {
        let said = try await Yardctl.run("payments", "test-qr", "--amount", "12.50", environment: Self.keys)
        #expect(said.code == .code(0) && said.output.contains("upi://pay?pa=shop@bank&pn=A%20shop"))
        #expect(said.output.contains("am=12.50") && said.output.contains("\u{2588}"))
        #expect(try await Yardctl.run("payments", "test-qr").code == .code(78))
        #expect(
            try await Yardctl.run("payments", "test-qr", "--amount", "x", environment: Self.keys).code == .code(2))
    }

    @Test func `a webhook that was caught is told from a forged one`() async throws {
        let body =
            #"{"entity":"event","event":"payment.captured","payload":{"payment":{"entity":{"id":"pay_29QQoUBi66xm2f","amount":9900,"currency":"INR","status":"captured","order_id":"order_9A33XWu170gUtm","notes":[]}}},"created_at":1400826760}"#
        let signature = "fdf6158b1b5f65a1bf98b81ea962d86f177e34244171f6905049deca9846bb15"
        let folder = try ScratchFolder("webhook")
        let path = folder.file("body.json")
        let file = try #require(fopen(path, "wb"))
        fputs(body, file)
        fclose(file)
        func check(_ signature: String) async throws -> Yardctl.Result {
            try await Yardctl.run(
                "payments", "verify-secret", "razorpay", path, "--header", "X-Razorpay-Signature: \(signature)",
                environment: Self.keys)
        }
        let genuine = try await check(signature)
        #expect(genuine.code == .code(0) && genuine.output.contains("genuine: payment.captured"))
        let forged = try await check(String(signature.reversed()))
        #expect(forged.code == .code(1) && forged.output.contains("not signed with our secret"))
        #expect(
            try await Yardctl.run("payments", "verify-secret", "stripe", path, environment: Self.keys).code == .code(78)
        )
    }

    @Test func `nothing is simulated where real money is taken`() async throws {
        let said = try await Yardctl.run("payments", "simulate-webhook", "SYABCDEFGHIJKL", environment: Self.keys)
        #expect(said.code == .code(78) && said.errors.contains("PAYMENT_SIMULATOR_URL"))
    }

    @Test func `what waits, what was found and the money of a day are shown`() async throws {
        let shed = try await Shed.migrated()
        let database = try shed.database()
        let status = try await Yardctl.run("payments", "status", "--json").json
        #expect(status["waiting"]?["withoutInvoice"] == 0 && status["runs"] == [])
        let job = try await Yardctl.run("payments", "reconcile", "--hours", "2", "--json")
        let id = try job.json["job"]?.string
        #expect(job.code == .code(0) && id != nil)
        try await database.run(
            """
            with run as (
                insert into reconciliation_runs (
                    id, kind, origin, window_start, window_end, started_at, finished_at, checked, reported)
                values (gen_random_uuid(), 'providers', 'cron', now(), now(), now(), now(), 1, 1)
                returning id
            )
            insert into reconciliation_items (id, run_id, provider, finding, action, detail, found_at)
            select gen_random_uuid(), id, 'stripe', 'stuck_pending', 'reported', 'has begun', now() from run
            """)
        let report = try await Yardctl.run("payments", "report")
        #expect(report.code == .code(1) && report.output.contains("stuck_pending"))
        let earlier = try await Yardctl.run("payments", "report", "--date", "2020-01-01", "--json")
        let items = try earlier.json["items"]
        #expect(earlier.code == .code(0) && items == [])
        let replay = try await Yardctl.run("payments", "replay", "--since", "2h", "--json")
        #expect(try replay.json == ["events": 0])
        await database.close()
    }
}
