import HTTP
import JSON
import Model
import Runtime

struct PaytmDialect: Dialect {
    let name = "paytm"
    private static let key = "simulator-key-16"

    func paymentID(_ number: String) -> String { "2026" + number }

    /// The signature is over the text of the body as it was sent.
    func answer(_ call: SimulatedCall, _ till: inout Till) -> SimulatedAnswer {
        guard let body = Self.signedPart(of: call.body), let signature = call.json["head"]?["signature"]?.string,
            PaytmChecksum.verify(body, signature, key: Self.key), let asked = call.json["body"]
        else { return said("F", "330", "Invalid checksum") }
        let reference = asked["orderId"]?.string ?? ""
        switch call.path.last {
        case "initiateTransaction": return open(reference, asked, &till)
        case "status" where call.path.first == "v3":
            guard let order = till.order(reference: reference) else {
                return said("NO_RECORD_FOUND", "331", "No record")
            }
            return status(order, till)
        case "apply": return refund(asked, till.order(reference: reference), &till)
        case "status":
            return till.refund(reference: asked["refId"]?.string ?? "").map(refund)
                ?? said("TXN_FAILURE", "631", "No record")
        default: return .absent
        }
    }

    private static func signedPart(of text: [UInt8]) -> [UInt8]? {
        let mark = Array(#","body":"#.utf8)
        guard text.count > mark.count,
            let start = (0..<text.count - mark.count).first(where: { text[$0..<$0 + mark.count].elementsEqual(mark) })
        else { return nil }
        return Array(text[(start + mark.count)..<(text.count - 1)])
    }

    private func open(_ reference: String, _ asked: JSONValue, _ till: inout Till) -> SimulatedAnswer {
        guard let amount = asked["txnAmount"]?["value"]?.string.flatMap({ Money.minor($0) }) else {
            return said("F", "501", "System error")
        }
        _ = till.open(
            SimulatedOrder(
                provider: name, id: reference, reference: reference, amount: amount, currency: "INR", createdAt: .now))
        return said("S", "0000", "Success", ["txnToken": .string("token\(till.number())")])
    }

    private func status(_ order: SimulatedOrder, _ till: Till) -> SimulatedAnswer {
        let paid = till.payments(of: order)
        guard let best = paid.first(where: { $0.state == .captured }) ?? paid.last else {
            return said("PENDING", "402", "Not paid yet", ["orderId": .string(order.reference)])
        }
        return said(
            Self.word(best.state), "01", "Txn",
            [
                "orderId": .string(order.reference), "txnId": .string(best.id), "paymentMode": "UPI",
                "txnAmount": .string(Money.decimal(best.amount)), "bankTxnId": .string(String(best.id.suffix(12))),
            ])
    }

    private static func word(_ state: SimulatedPayment.State) -> String {
        switch state {
        case .captured: "TXN_SUCCESS"
        case .failed: "TXN_FAILURE"
        case .pending, .authorized: "PENDING"
        }
    }

    private func refund(_ asked: JSONValue, _ order: SimulatedOrder?, _ till: inout Till) -> SimulatedAnswer {
        let amount = asked["refundAmount"]?.string.flatMap { Money.minor($0) }
        switch till.refund(asked["txnId"]?.string ?? "", amount, reference: asked["refId"]?.string ?? "") {
        case .made(let made), .known(let made): return refund(made)
        case .refused: return said("TXN_FAILURE", "619", "Refund amount is too large")
        }
    }

    private func refund(_ refund: SimulatedRefund) -> SimulatedAnswer {
        said("TXN_SUCCESS", "10", "Refund done", ["refundId": .string(refund.id), "refId": .string(refund.reference)])
    }

    private func said(
        _ status: String, _ code: String, _ message: String, _ more: [String: JSONValue] = [:]
    ) -> SimulatedAnswer {
        var body = more
        body["resultInfo"] = [
            "resultStatus": .string(status), "resultCode": .string(code), "resultMsg": .string(message),
        ]
        return .ok(["head": [:], "body": .object(body)])
    }

    func webhooks(_ event: SimulatedEvent) -> [SimulatedWebhook] {
        guard case .payment(let paid, let order) = event, paid.state != .authorized else { return [] }
        var fields = [
            "ORDERID": order.reference, "MID": "SIMULATOR", "TXNID": paid.id, "TXNAMOUNT": Money.decimal(paid.amount),
            "CURRENCY": paid.currency, "STATUS": Self.word(paid.state), "RESPCODE": "01", "PAYMENTMODE": "UPI",
        ]
        fields["CHECKSUMHASH"] = PaytmChecksum.sign(PaytmChecksum.text(of: fields), key: Self.key)
        var form: FormFields = [:]
        for (name, value) in fields.sorted(by: { $0.key < $1.key }) { form.add(name, value) }
        return [
            SimulatedWebhook(
                headers: ["Content-Type": "application/x-www-form-urlencoded"], body: Array(form.text.utf8))
        ]
    }
}
