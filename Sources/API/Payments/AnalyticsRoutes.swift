import APIFrame
import Crypto
import HTTP
import JSON
import Model
import Runtime

/// How the business goes.
struct AnalyticsRoutes: Sendable {
    let payments: Payments

    var routes: [APIRoute] {
        [
            .get(
                "/admin/payments/analytics/revenue", "Show what came in and went out, day by day", access: .admin,
                details: "Days of India.", revenue),
            .get("/admin/payments/analytics/success", "Show how well orders are paid", access: .admin, success),
            .get("/admin/payments/analytics/churn", "Show who stays", access: .admin, churn),
            .get("/admin/payments/overview", "Show what waits", access: .admin, overview),
            .raw(
                .get, "/admin/payments/charts", "A page of charts", access: .open,
                answers: [.bytes(200, type: "text/html; charset=utf-8")],
                details: "The page holds nothing; it asks for an administrator's access token.", charts),
        ]
    }

    private func revenue(_ input: SpanInput, _ call: Call) async throws -> Page<RevenueDay> {
        Page(try await RevenueDay.all(input.window, on: payments.database))
    }

    private func success(_ input: SpanInput, _ call: Call) async throws -> Page<ProviderSuccess> {
        Page(try await ProviderSuccess.all(input.window, on: payments.database))
    }

    private func churn(_ input: SpanInput, _ call: Call) async throws -> Churn {
        try await payments.churn(input.window)
    }

    private func overview(_ input: NoInput, _ call: Call) async throws -> PaymentOverview {
        try await PaymentOverview.find(on: payments.database)
    }

    private func charts(_ input: NoInput, _ call: Call) async throws -> Response {
        Response(
            headers: [
                "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": ChartsPage.policy,
                "Cache-Control": "no-cache",
            ], body: .bytes(Array(ChartsPage.html.utf8)))
    }
}

struct SpanInput: RouteInput {
    let window: Range<Timestamp>

    init(from input: inout InputReader) {
        let days = input.query("days", .integer(1...400).described("So many days until now."), default: 30)
        let now = Timestamp.now
        window = (now - .days(days))..<now
    }
}

extension RevenueDay: Representable {
    package static let representation = Representation<RevenueDay>(
        "RevenueDay", "What came in and went out on one day, in minor units.",
        [
            .member("day", schema: .string(format: "date")) { $0.day },
            .member("currency") { $0.currency },
            .member("payments") { $0.payments },
            .member("revenue") { $0.revenue },
            .member("refunded") { $0.refunded },
        ])
}

extension ProviderSuccess: Representable {
    package static let representation = Representation<ProviderSuccess>(
        "ProviderSuccess", "How well a provider's orders are paid.",
        [
            .member("provider") { $0.provider },
            .member("orders") { $0.orders },
            .member("paid") { $0.paid },
            .member("failed") { $0.failed },
            .member("expired") { $0.expired },
            .member("rate") { $0.rate },
        ])
}

extension Churn: Representable {
    package static let representation = Representation<Churn>(
        "Churn", "Who stayed of those whose time ended.",
        [
            .member("ended") { $0.ended },
            .member("left") { $0.left },
            .member("rate") { $0.rate },
            .member("members", "Who is a member now.") { $0.members },
        ])
}

extension PaymentOverview: Representable {
    package static let representation = Representation<PaymentOverview>(
        "PaymentOverview", "What waits.",
        [
            .member("waitingWebhooks") { $0.waitingWebhooks },
            .member("oldestWaitingWebhook") { $0.oldestWaiting },
            .member("openOrders") { $0.openOrders },
            .member("excessPayments") { $0.excess },
            .member("contradictions") { $0.contradictions },
            .member("openRefunds") { $0.openRefunds },
            .member("refundRequests") { $0.refundRequests },
            .member("paymentsWithoutInvoice") { $0.withoutInvoice },
        ])
}

/// A page that draws what the routes answer. It stands alone, and nothing else may come in.
enum ChartsPage {
    static let policy = """
        default-src 'none'; style-src 'sha256-\(digest(style))'; script-src 'sha256-\(digest(script))'; \
        connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'
        """

    static let html = """
        <!doctype html><html lang="en"><meta charset="utf-8"><title>Payments</title><style>\(style)</style>\
        <h1>Payments</h1><p><label>Access token <input id="token" type="password" autocomplete="off"></label> \
        <button id="show">Show</button> <span id="state"></span></p>\
        <h2>Revenue, last 30 days</h2><div id="revenue"></div>\
        <h2>Orders that are paid</h2><div id="success"></div><h2>Churn</h2><p id="churn"></p>\
        <h2>What waits</h2><dl id="overview"></dl><script>\(script)</script></html>
        """

    private static let style = """
        body{font:16px system-ui;margin:2rem;max-width:60rem}h2{margin:1.5rem 0 .5rem}svg{width:100%;height:12rem}\
        rect{fill:#2a6}rect.back{fill:#c44}text{font-size:10px;fill:#555}dt{float:left;clear:left;width:16rem}
        """

    private static let script = """
        const $=id=>document.getElementById(id);
        const ask=async path=>{const r=await fetch(path,{headers:{Authorization:'Bearer '+$('token').value.trim()}});
        if(!r.ok)throw new Error(r.status+' '+r.statusText);return r.json()};
        const make=(name,attributes,text)=>{const e=document.createElementNS('http://www.w3.org/2000/svg',name);
        for(const k in attributes)e.setAttribute(k,attributes[k]);if(text)e.textContent=text;return e};
        const bars=(box,rows)=>{const width=900,height=180,svg=make('svg',{viewBox:`0 0 ${width} ${height}`});
        const most=Math.max(1,...rows.map(r=>r.value)),step=width/Math.max(1,rows.length);
        rows.forEach((r,i)=>{const h=r.value/most*150;
        const bar=make('rect',{x:i*step+2,y:160-h,width:Math.max(2,step-4),height:h});
        bar.append(make('title',{},r.title));svg.append(bar);
        if(r.back)svg.append(make('rect',{class:'back',x:i*step+2,y:160-r.back/most*150,width:Math.max(2,step/4),
        height:r.back/most*150}));
        svg.append(make('text',{x:i*step+2,y:174},r.label))});box.replaceChildren(svg)};
        $('show').onclick=async()=>{$('state').textContent='…';try{
        const base=location.pathname.replace(/charts$/,'');
        const revenue=(await ask(base+'analytics/revenue?days=30')).data;
        bars($('revenue'),revenue.map(r=>({label:r.day.slice(5)+' '+r.currency,value:r.revenue,back:r.refunded,
        title:`${r.day}: ${r.payments} payments, ${(r.revenue/100).toFixed(2)} ${r.currency}`})));
        const success=(await ask(base+'analytics/success?days=30')).data;
        bars($('success'),success.map(r=>({label:r.provider,value:r.rate*100,
        title:`${r.paid} of ${r.orders} orders`})));
        const churn=await ask(base+'analytics/churn?days=30');
        $('churn').textContent=`${churn.left} of ${churn.ended} have left; ${churn.members} are members.`;
        const overview=await ask(base+'overview');$('overview').replaceChildren();
        for(const k in overview){for(const [n,t] of [['dt',k],['dd',overview[k]??'–']]){
        const e=document.createElement(n);e.textContent=t;$('overview').append(e)}}
        $('state').textContent=''}catch(e){$('state').textContent=e.message}};
        """

    private static func digest(_ text: String) -> String { Base64.encode(Hash.sha256(text)) }
}
