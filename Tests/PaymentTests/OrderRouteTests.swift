import APIFrame
import Crypto
import HTTP
import JSON
import PaymentSimulation
import Postgres
import Queue
import QRCodes
import Runtime
import Synchronization
import TestSupport
import Testing

@testable import APIRoutes
@testable import Model

/// Payments as clients see them.
@Suite(.ownShop)
struct OrderRouteTests {
    @Test func `an order is made, shown, drawn and paid over HTTP`() async throws {
        try await Shop.lend { shop in
            let desk = FrontDesk(shop), user = try await shop.person(), other = try await shop.person()
            let body = #"{"planId":"premium","cycle":"monthly","provider":"direct_upi","billing":\#(Self.billing)}"#
            let made = await desk.send(.post, "/payments/orders", user, body)
            #expect(made.status == 201, "\(made.text)")
            let id = try #require(made.json["id"]?.string), payload = try #require(made.json["upiPayload"]?.string)
            let reference = try #require(made.json["transactionRef"]?.string)
            #expect(made.json["amount"] == 9900 && made.json["currency"] == "INR" && made.json["status"] == "pending")
            #expect(await desk.send(.get, "/payments/orders/\(id)", user).json["id"] == made.json["id"])
            #expect(await desk.send(.get, "/payments/orders/\(id)", other).status == 404)
            let folder = try ScratchFolder("qr")
            let path = folder.file("code.png")
            let picture = await desk.send(.get, "/payments/qr/\(reference).png", nil)
            try #require(FileBytes.write(picture.bytes, to: path))
            let seen = try await TestProcess.run("zbarimg", ["--quiet", "--raw", path])
            #expect(seen.split(separator: "\n").first.map(String.init) == payload)
            let drawing = await desk.send(.get, "/payments/qr/\(reference).svg", nil)
            #expect(drawing.text.hasPrefix("<svg ") && drawing.text.hasSuffix("</svg>"))
            let line = StatementLine(reference: reference, amount: 9900, rrn: "123456789012")
            _ = try await shop.payments.takeStatement([line])
            let status = await desk.send(.get, "/payments/status?transactionRef=\(reference)", user)
            #expect(status.json["order"]?["status"] == "paid" && status.json["payment"]?["status"] == "captured")
            #expect(await desk.send(.get, "/subscriptions/current", user).json["planId"] == "premium")
            #expect(await desk.send(.get, "/payments/qr/\(reference).png", nil).status == 404)
        }
    }

    @Test func `what is wrong with an order is named`() async throws {
        try await Shop.lend { shop in
            let desk = FrontDesk(shop), user = try await shop.person()
            func order(_ billing: String, _ plan: String = "premium") async -> FrontDesk.Said {
                await desk.send(
                    .post, "/payments/orders", user, #"{"planId":"\#(plan)","cycle":"monthly","billing":\#(billing)}"#)
            }
            let nowhere = await order(#"{"name":"A","country":"IN","state":"Atlantis"}"#)
            #expect(nowhere.errors == ["billing.state"])
            let wrong = await order(#"{"name":"A","country":"IN","state":"29","gstin":"29AABCU9603R1ZX"}"#)
            #expect(wrong.errors == ["billing.gstin"])
            #expect(await order(Self.billing, "gold").errors == ["planId"])
            #expect(await order(#"{"name":"A","country":"India","state":"29"}"#).errors == ["billing.country"])
            #expect(await desk.send(.get, "/plans", nil).json["data"]?[1]?["id"] == "premium")
        }
    }

    @Test func `a webhook is 200 when it is kept, 401 when it is forged, 404 without its provider`() async throws {
        try await Shop.lend { shop in
            let desk = FrontDesk(shop), user = try await shop.person()
            let order = try await shop.order(by: user)
            let paid = try await shop.pay(order, isTold: false)
            let webhook = try #require(shop.simulator.webhooks(of: paid, "razorpay").first)
            let text = String(decoding: webhook.body, as: UTF8.self)
            func send(_ provider: String, _ headers: HTTPHeaders, _ body: String) async -> Int {
                await desk.send(.post, "/webhooks/payments/\(provider)", nil, body, headers).status
            }
            #expect(await send("razorpay", webhook.headers, text) == 200)
            #expect(await send("razorpay", webhook.headers, text) == 200)
            #expect(await send("razorpay", webhook.headers, text + " ") == 401)
            #expect(await send("razorpay", [:], text) == 401)
            #expect(await send("direct_upi", [:], text) == 404)
            #expect(await send("bitcoin", [:], text) == 404)
            #expect(try await shop.count("webhook_events where repeats = 1") == 1)
            try await shop.run()
            #expect(try await shop.found(order).status == .paid)
        }
    }

    private static let billing = #"{"name":"Ada Lovelace","country":"IN","state":"Karnataka"}"#
}
