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

/// The routes of payments, asked without a server.
struct FrontDesk: Sendable {
    struct Said: Sendable {
        let status: Int
        let bytes: [UInt8]

        var text: String { String(decoding: bytes, as: UTF8.self) }
        var json: JSONValue { (try? JSONCoder.decode(JSONValue.self, from: bytes)) ?? .null }
        var errors: [String] {
            guard case .array(let errors)? = json["errors"] else { return [] }
            return errors.compactMap { $0["field"]?.string }
        }
    }

    private let frame: APIFrame

    init(_ shop: Shop) {
        var options = FrameOptions(cursorKeys: [SecretBytes(copying: [UInt8](repeating: 7, count: 32))])
        options.isStrict = true
        frame = APIFrame(
            options, PaymentRoutes(shop.payments, shop.intake).tables(under: ""), tokens: IDTokens(),
            durable: shop.durable, redis: shop.redis, redisPrefix: "", loops: Shop.loops, metrics: MetricsRegistry(),
            log: .silent)
    }

    func send(
        _ method: HTTPMethod, _ path: String, _ user: SignedInUser?, _ body: String? = nil,
        _ headers: HTTPHeaders = [:]
    ) async -> Said {
        let loop = Shop.loops.loops[0]
        let said = Mutex<Said?>(nil)
        let frame = frame
        await loop.spawn {
            let parts = path.split(separator: "?", maxSplits: 1).map(String.init)
            var headers = headers
            if let user { headers["Authorization"] = "Bearer \(user.id).\(user.session)" }
            if body != nil, headers["Content-Type"] == nil { headers["Content-Type"] = "application/json" }
            let request = Request(
                method, parts[0], query: parts.count == 2 ? parts[1] : nil, headers: headers,
                body: RequestBody(Array((body ?? "").utf8)), loop: loop)
            let response: Response?
            switch frame.begin(request) {
            case .answer(let given): response = given
            case .work(let work): response = try? await work()
            case .pending: response = nil
            }
            guard let response else { return }
            var bytes: [UInt8] = []
            if case .bytes(let given) = response.body { bytes = given }
            said.withLock { $0 = Said(status: response.status, bytes: bytes) }
        }.value
        return said.withLock { $0 } ?? Said(status: 0, bytes: [])
    }
}

/// A token is who it is of.
private struct IDTokens: TokenCheck {
    func check(_ token: String, at now: Timestamp) throws(TokenRefusal) -> AccessToken {
        let parts = token.split(separator: ".")
        guard parts.count == 2, let user = ID<User>(parts[0]), let session = ID<Session>(parts[1]) else {
            throw .invalid
        }
        return AccessToken(user: user, session: session, expiresAt: now + .hours(1))
    }

    func isRevoked(_ token: AccessToken) -> Bool? { false }
    func isAdmin(_ user: ID<User>) async throws -> Bool { false }
}
