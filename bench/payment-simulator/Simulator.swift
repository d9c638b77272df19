import HTTP
import JSON
import Runtime
import Synchronization

/// Stands for the providers: takes their calls, lets payments happen as it is told, and sends their webhooks.
package final class Simulator: Sendable {
    private struct State {
        var tills: [String: Till] = [:]
        var weather = Weather()
    }

    private static let dialects: [any Dialect] = [
        RazorpayDialect(), StripeDialect(), CashfreeDialect(), PhonePeDialect(), PaytmDialect(),
    ]

    private let state = Mutex(State())
    private let base: Mutex<String>
    let mailbox: WebhookMailbox

    /// `webhooks`: where they are sent, without the provider's name; nil: nowhere.
    package init(base: String, webhooks: String?, http: HTTPClient, loops: LoopGroup) {
        self.base = Mutex(base)
        mailbox = WebhookMailbox(target: webhooks, http: http, loops: loops)
    }

    /// Once it is known.
    package func setBase(_ url: String) { base.withLock { $0 = url } }

    /// Whether no webhook is on its way.
    package var isQuiet: Bool { mailbox.count == 0 }

    package var weather: Weather {
        get { state.withLock { $0.weather } }
        set { state.withLock { $0.weather = newValue } }
    }

    package func till(of provider: String) -> Till { state.withLock { $0.tills[provider] ?? Till() } }

    /// For benchmarks: what is there before anybody has asked.
    package func fill(_ provider: String, _ body: (inout Till) -> Void) {
        state.withLock { body(&$0.tills[provider, default: Till()]) }
    }

    private static func dialect(_ name: String) -> (any Dialect)? { dialects.first { $0.name == name } }

    // MARK: Calls

    /// What a provider answers, in the weather that it is.
    func answer(_ call: SimulatedCall, as name: String) -> SimulatedAnswer {
        guard let dialect = Self.dialect(name) else { return .absent }
        return state.withLock { state in
            let weather = state.weather
            if weather.happens(weather.busy) {
                return SimulatedAnswer(status: 429, body: ["message": "too many requests"])
            }
            let answer = dialect.answer(call, &state.tills[name, default: Till()])
            // Done, and not said.
            if weather.happens(weather.failing) {
                return SimulatedAnswer(status: 500, body: ["message": "something went wrong"])
            }
            return answer
        }
    }

    func call(_ method: HTTPMethod, _ path: [String], _ query: String?, _ headers: HTTPHeaders, _ body: [UInt8])
        -> SimulatedCall
    {
        SimulatedCall(
            method: method, path: path, query: QueryParameters(query) ?? QueryParameters(), headers: headers,
            body: body,
            base: base.withLock { $0 })
    }

    // MARK: What happens

    /// Somebody pays an order, or tries to. The same payment again changes its state. Nil: there is no such order.
    @discardableResult
    package func pay(
        _ reference: String, _ outcome: SimulatedPayment.State = .captured, amount: Int64? = nil,
        currency: String? = nil, payment: String? = nil, isTold: Bool = true
    ) -> SimulatedPayment? {
        let happened = state.withLock { state -> (SimulatedPayment, SimulatedOrder, any Dialect)? in
            for dialect in Self.dialects {
                let name = dialect.name
                guard let order = state.tills[name]?.order(reference: reference) else { continue }
                var paid =
                    payment.flatMap { state.tills[name]?.payments[$0] }
                    ?? SimulatedPayment(
                        id: dialect.paymentID(state.tills[name, default: Till()].number()), order: order.id,
                        state: outcome, amount: order.amount, currency: order.currency, createdAt: .now)
                paid.state = outcome
                if let amount { paid.amount = amount }
                if let currency { paid.currency = currency }
                state.tills[name]?.keep(paid)
                return (paid, order, dialect)
            }
            return nil
        }
        guard let (paid, order, dialect) = happened else { return nil }
        if isTold { tell(.payment(paid, order), as: dialect) }
        return paid
    }

    /// The provider gives money back by itself, or as the merchant has asked.
    package func tellRefund(_ refund: SimulatedRefund, of provider: String) {
        guard let dialect = Self.dialect(provider), let paid = till(of: provider).payments[refund.payment] else {
            return
        }
        tell(.refund(refund, paid, till(of: provider).orders[paid.order]), as: dialect)
    }

    @discardableResult
    package func refund(_ payment: String, of provider: String, amount: Int64? = nil) -> SimulatedRefund? {
        let reference = "auto\(UUID.v7())"
        let outcome = state.withLock {
            $0.tills[provider, default: Till()].refund(payment, amount, reference: reference)
        }
        guard case .made(let made) = outcome else { return nil }
        tellRefund(made, of: provider)
        return made
    }

    package func dispute(_ payment: String, of provider: String, _ word: String) {
        guard let dialect = Self.dialect(provider) else { return }
        let paid = state.withLock { state -> SimulatedPayment? in
            guard var paid = state.tills[provider]?.payments[payment] else { return nil }
            paid.dispute = word
            state.tills[provider]?.keep(paid)
            return paid
        }
        if let paid { tell(.dispute(paid), as: dialect) }
    }

    /// The webhooks of a payment as it is, for whoever sends them by other ways.
    package func webhooks(of payment: SimulatedPayment, _ provider: String) -> [SimulatedWebhook] {
        guard let dialect = Self.dialect(provider), let order = till(of: provider).orders[payment.order] else {
            return []
        }
        return dialect.webhooks(.payment(payment, order))
    }

    private func tell(_ event: SimulatedEvent, as dialect: any Dialect) {
        mailbox.send(dialect, event, in: weather)
    }
}
