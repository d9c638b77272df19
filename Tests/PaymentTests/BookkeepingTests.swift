import APIFrame
import HTTP
import JSON
import PaymentSimulation
import Postgres
import Queue
import Runtime
import TestSupport
import Testing

@testable import APIRoutes
@testable import Model

/// What is kept of payments, for how long, and who may see it.
@Suite(.ownShop)
struct BookkeepingTests {
    @Test func `old webhooks go, and what they said stays`() async throws {
        try await Shop.lend { shop in
            let user = try await shop.person()
            try await shop.pay(try await shop.order(by: user))
            try await shop.pay(try await shop.order(by: user), isTold: true)
            let waiting = try await shop.pay(try await shop.order(by: user), isTold: false)
            for webhook in shop.simulator.webhooks(of: waiting, "razorpay") { try await shop.take(webhook, .razorpay) }
            let facts = try await shop.count("payment_facts")
            #expect(try await shop.payments.pruneWebhooks() == 0)
            shop.clock.advance(by: .days(181))
            let processed = try await shop.count("webhook_events where processed_at is not null")
            #expect(processed > 0)
            #expect(try await shop.payments.pruneWebhooks() == processed)
            // What nobody has processed is kept, however old it is.
            #expect(try await shop.count("webhook_events") > 0)
            #expect(try await shop.count("payment_facts") == facts)
            #expect(try await shop.payments.checkBooks().reported == 0)
        }
    }

    @Test func `an export holds what was ordered, paid, given back and billed, of oneself alone`() async throws {
        try await Shop.lend { shop in
            let (user, other, admin) = (try await shop.person(), try await shop.person(), try await shop.person())
            let order = try await shop.order(by: user)
            try await shop.pay(order)
            try await shop.pay(try await shop.order(by: other))
            _ = try await shop.durable.transaction {
                try await shop.payments.refund(orderOf: order.id, 900, because: "asked", by: admin, on: $0)
            }
            try await shop.run()
            let text = try await ExportSection.payments(user.id, on: shop.database)
            guard case .array(let orders) = try JSONCoder.decode(JSONValue.self, from: text) else {
                return #expect(text == "a list")
            }
            #expect(orders.count == 1 && orders[0]["reference"]?.string == order.reference)
            #expect(orders[0]["payments"]?[0]?["state"] == "captured")
            #expect(orders[0]["refunds"]?[0]?["amount"] == 900)
            let documents = try await ExportSection.invoices(user.id, on: shop.database)
            guard case .array(let kept) = try JSONCoder.decode(JSONValue.self, from: documents) else {
                return #expect(documents == "a list")
            }
            #expect(Set(kept.compactMap { $0["kind"]?.string }) == ["invoice", "credit_note"])
            #expect(ExportSection.all.contains { $0.name == "payments.json" })
        }
    }

    @Test func `credit notes are listed, shown and printed for whom they are for`() async throws {
        try await Shop.lend { shop in
            let (user, other, admin) = (try await shop.person(), try await shop.person(), try await shop.person())
            let desk = FrontDesk(shop, admins: [admin])
            let order = try await shop.order(by: user)
            try await shop.pay(order)
            let made = await desk.send(
                .post, "/admin/payments/orders/\(order.id)/refunds", admin, #"{"amount":3000,"reason":"asked"}"#)
            #expect(made.status == 201)
            try await shop.run()
            let note = try #require(await desk.send(.get, "/payments/credit-notes", user).json["data"]?[0])
            let id = try #require(note["id"]?.string), number = try #require(note["number"]?.string)
            #expect(note["total"] == 3000 && number.hasPrefix("CSY/"))
            #expect(await desk.send(.get, "/payments/credit-notes/\(id)", user).json["number"]?.string == number)
            #expect(await desk.send(.get, "/payments/credit-notes/\(id)", other).status == 404)
            #expect(await desk.send(.get, "/payments/credit-notes/\(id).pdf", other).status == 404)
            let pdf = await desk.send(.get, "/payments/credit-notes/\(id).pdf", user)
            let folder = try ScratchFolder("note")
            let path = folder.file("note.pdf")
            try #require(FileBytes.write(pdf.bytes, to: path))
            let text = try await TestProcess.run("pdftotext", ["-layout", path, "-"])
            for part in ["CREDIT NOTE", number, "For invoice", note["invoiceNumber"]?.string ?? "-", "30.00"] {
                #expect(text.contains(part), "\(part) is missing in \(text)")
            }
        }
    }

    @Test func `analytics and charts are for administrators, and the page lets nothing in`() async throws {
        try await Shop.lend { shop in
            let (user, admin) = (try await shop.person(), try await shop.person())
            let desk = FrontDesk(shop, admins: [admin])
            try await shop.pay(try await shop.order(by: user))
            try await shop.pay(try await shop.order(by: user), .failed)
            let paths = ["analytics/revenue", "analytics/success", "analytics/churn", "overview"]
            for path in paths { #expect(await desk.send(.get, "/admin/payments/\(path)", user).status == 403) }
            let day = await desk.send(.get, "/admin/payments/analytics/revenue", admin).json["data"]?[0]
            #expect(day?["revenue"] == 9900 && day?["payments"] == 1 && day?["currency"] == "INR")
            let success = await desk.send(.get, "/admin/payments/analytics/success", admin).json["data"]?[0]
            #expect(success?["orders"] == 2 && success?["paid"] == 1 && success?["failed"] == 1)
            let churn = await desk.send(.get, "/admin/payments/analytics/churn", admin).json
            #expect(churn["members"] == 1)
            #expect(await desk.send(.get, "/admin/payments/overview", admin).json["paymentsWithoutInvoice"] == 0)
            let page = await desk.send(.get, "/admin/payments/charts", nil)
            #expect(page.status == 200 && page.text.contains("<script>") && !page.text.contains("onclick=\""))
            let policy = try #require(page.headers["Content-Security-Policy"])
            #expect(policy.contains("default-src 'none'") && policy.contains("script-src 'sha256-"))
        }
    }
}
