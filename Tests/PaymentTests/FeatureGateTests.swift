import APIFrame
import HTTP
import JSON
import Postgres
import Queue
import Runtime
import TestSupport
import Testing

@testable import APIRoutes
@testable import Model

/// What plans are worth: routes that need a feature, and shares of a month.
@Suite(.ownShop)
struct FeatureGateTests {
    private static let reply = #"{"content":"I am away"}"#

    private func desk(_ shop: Shop) -> FrontDesk {
        let businesses = BusinessRoutes(conversations: Conversations(durable: shop.durable))
        let gifs = GIFRoutes(gifs: GIFSearch(nil))
        return FrontDesk(shop, [APIRoutes("Others", businesses.routes + gifs.routes)])
    }

    @Test func `a route with a feature is for those whose plan has it, as long as it lasts`() async throws {
        try await Shop.lend { shop in
            let desk = desk(shop), user = try await shop.person()
            func ask() async -> FrontDesk.Said {
                await desk.send(.put, "/users/me/auto-reply", user, Self.reply)
            }
            // No plan names it: everybody may.
            #expect(await ask().status == 204)
            try await shop.database.run(
                "insert into plan_features (plan_id, feature, amount) values ('premium', 'replies.automatic', null)")
            let refused = await ask()
            #expect(refused.status == 402 && refused.code == "payment_required")
            try await shop.pay(try await shop.order(by: user))
            #expect(await ask().status == 204)
            // A plan that does not name it is no worse than the free one.
            try await shop.database.run(
                "update plan_features set plan_id = 'free' where feature = 'replies.automatic'")
            #expect(await ask().status == 204)
            try await shop.database.run(
                "update plan_features set plan_id = 'premium' where feature = 'replies.automatic'")
            shop.clock.advance(by: .days(40))
            #expect(await ask().status == 402)
        }
    }

    @Test func `a route that takes of a share takes of credits next, and then is closed`() async throws {
        try await Shop.lend { shop in
            let user = try await shop.person(), admin = try await shop.person()
            let gifs = GIFRoutes(gifs: GIFSearch(nil))
            let desk = FrontDesk(shop, [APIRoutes("GIFs", gifs.routes)], admins: [admin])
            try await shop.database.run(
                "insert into plan_features (plan_id, feature, amount) values ('free', 'gifs.searches', 2)")
            // 404: nobody is asked for GIFs here.
            for _ in 0..<2 { #expect(await desk.send(.get, "/gifs?query=cat", user).status == 404) }
            #expect(await desk.send(.get, "/gifs?query=cat", user).status == 402)
            let gift = #"{"userId":"\#(user.id)","feature":"gifs.searches","amount":1}"#
            #expect(await desk.send(.post, "/admin/credits", user, gift).status == 403)
            #expect(await desk.send(.post, "/admin/credits", admin, gift).status == 204)
            #expect(await desk.send(.get, "/gifs?query=cat", user).status == 404)
            #expect(await desk.send(.get, "/gifs?query=cat", user).status == 402)
            let used = await desk.send(.get, "/subscriptions/usage", user).json["data"]?[3]
            #expect(used?["feature"] == "gifs.searches")
            #expect(used?["used"] == 2 && used?["limit"] == 2 && used?["credits"] == 0)
            #expect(try await shop.count("audit_log where action = 'admin.request'") == 1)
        }
    }

    @Test func `how large a file may be is what the plan says`() async throws {
        try await Shop.lend { shop in
            let user = try await shop.person()
            let features = ["files.bytes", "storage.bytes", "never.named"]
            let free = try await shop.payments.entitlements.limits(features, of: user.id)
            #expect(free == [25 << 20, 5 << 30, nil])
            try await shop.pay(try await shop.order(by: user))
            let premium = try await shop.payments.entitlements.limits(features, of: user.id)
            #expect(premium == [100 << 20, 50 << 30, nil])
        }
    }

    @Test func `the document names the feature`() {
        let route = GIFRoutes(gifs: GIFSearch(nil)).routes[0]
        #expect(route.need?.feature == "gifs.searches" && route.need?.amount == 1)
        #expect(route.refusals.contains(.paymentRequired))
    }
}
