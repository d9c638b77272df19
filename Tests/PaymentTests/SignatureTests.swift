import HTTP
import JSON
import Runtime
import Testing

@testable import Model

/// Signatures that the providers' own libraries for Python have made or accepted (razorpay 2.0.1, stripe 16.1.0,
/// cashfree_pg 6.0.1, paytmchecksum 1.7.0), and the same with a bit of them changed.
struct SignatureTests {
    private func providers(_ variables: [String: String]) throws -> Providers {
        var reader = ConfigReader(variables)
        let config = PaymentsConfig(from: &reader)
        try reader.finish()
        return Providers(config, http: HTTPClient(on: Shop.loops))
    }

    private func verdict(
        _ provider: (any PaymentProvider)?, _ headers: [String: String], _ body: String,
        at time: Timestamp = Timestamp(seconds: 1_800_000_000)
    ) throws -> WebhookNote? {
        let provider = try #require(provider)
        return try? provider.check(IncomingWebhook(headers: headers, body: Array(body.utf8), receivedAt: time))
    }

    @Test func `Razorpay's`() throws {
        let body =
            #"{"entity":"event","event":"payment.captured","payload":{"payment":{"entity":{"id":"pay_29QQoUBi66xm2f","amount":9900,"currency":"INR","status":"captured","order_id":"order_9A33XWu170gUtm","notes":[]}}},"created_at":1400826760}"#
        let signature = "fdf6158b1b5f65a1bf98b81ea962d86f177e34244171f6905049deca9846bb15"
        let keys = ["RAZORPAY_KEY_ID": "rzp_test_1", "RAZORPAY_KEY_SECRET": "s"]
        let one = try providers(keys.merging(["RAZORPAY_WEBHOOK_SECRET": "wh-secret-1"]) { $1 })[.razorpay]
        let rotated = try providers(keys.merging(["RAZORPAY_WEBHOOK_SECRET": "new,wh-secret-1"]) { $1 })[.razorpay]
        let other = try providers(keys.merging(["RAZORPAY_WEBHOOK_SECRET": "new"]) { $1 })[.razorpay]
        let header = ["x-razorpay-signature": signature, "x-razorpay-event-id": "e1"]
        let note = try #require(try verdict(one, header, body))
        #expect(note.key == "payment.captured:pay_29QQoUBi66xm2f:captured:9900")
        #expect(try verdict(rotated, header, body) == note)
        #expect(try verdict(other, header, body) == nil)
        #expect(try verdict(one, header, body.replacing("9900", with: "9901")) == nil)
        #expect(try verdict(one, [:], body) == nil)
    }

    @Test func `Stripe's, within five minutes`() throws {
        let body =
            #"{"id":"evt_1","object":"event","type":"payment_intent.succeeded","data":{"object":{"id":"pi_1","object":"payment_intent","amount":999,"amount_received":999,"currency":"usd","status":"succeeded","metadata":{"reference":"SYABCDEFGHIJKL"}}}}"#
        let code = "47abda7de29a7753482057d7ab5347dff8fa26267ef934f75ae93c9a610f52e3"
        let stripe = try providers(["STRIPE_SECRET_KEY": "sk", "STRIPE_WEBHOOK_SECRET": "whsec_test"])[.stripe]
        let header = ["stripe-signature": "t=1800000000,v0=abc,v1=00,v1=\(code)"]
        #expect(try verdict(stripe, header, body) == WebhookNote(key: "evt_1", type: "payment_intent.succeeded"))
        #expect(try verdict(stripe, ["stripe-signature": "t=1800000001,v1=\(code)"], body) == nil)
        #expect(try verdict(stripe, header, body + " ") == nil)
        for seconds in [Int64(1_800_000_301), 1_799_999_699] {
            #expect(try verdict(stripe, header, body, at: Timestamp(seconds: seconds)) == nil)
        }
        #expect(try verdict(stripe, header, body, at: Timestamp(seconds: 1_800_000_300)) != nil)
    }

    @Test func `Cashfree's`() throws {
        let body =
            #"{"data":{"order":{"order_id":"SYABCDEFGHIJKL","order_amount":170.00},"payment":{"cf_payment_id":"12376123","payment_status":"SUCCESS","payment_amount":170.00,"payment_currency":"INR"}},"type":"PAYMENT_SUCCESS_WEBHOOK"}"#
        let cashfree = try providers(["CASHFREE_APP_ID": "a", "CASHFREE_SECRET_KEY": "cf-secret"])[.cashfree]
        let header = [
            "x-webhook-signature": "ep0l7agJy2O5K9OvhuJQSdNAHUjYW609R3Rito26yRM=",
            "x-webhook-timestamp": "1800000000000",
        ]
        let note = try verdict(cashfree, header, body)
        #expect(note?.key == "PAYMENT_SUCCESS_WEBHOOK:12376123:SUCCESS")
        #expect(try verdict(cashfree, header, body.replacing("170.00", with: "170")) == nil)
        #expect(try verdict(cashfree, header.merging(["x-webhook-timestamp": "1800000000001"]) { $1 }, body) == nil)
        #expect(try verdict(cashfree, header, body, at: Timestamp(seconds: 1_800_000_601)) == nil)
        let read = try #require(try cashfree?.read(Array(body.utf8)).reports.first)
        #expect(read.reference == "SYABCDEFGHIJKL")
        #expect(read.payments == [PaymentFact("12376123", .captured, amount: 17000, currency: "INR")])
    }

    @Test func `Paytm's, of JSON and of forms`() throws {
        let key = "merchant-key-16b"
        let ofJSON =
            "llsqBM3YSUqei+/ylfWwqn43ITpESK4nYUTia2FzJJw4i3Fcnglv21OmEUf1zrCSD2qfZxp9bHQQZczNOjpVpUXiKkin7vbuDJPUB8ocBKQ="
        let text = Array(#"{"mid":"M1","orderId":"O1"}"#.utf8)
        #expect(PaytmChecksum.verify(text, ofJSON, key: key))
        #expect(!PaytmChecksum.verify(text + [0x20], ofJSON, key: key))
        #expect(!PaytmChecksum.verify(text, ofJSON, key: "merchant-key-16c"))
        for broken in ["", "abc", "AAAA", String(ofJSON.dropLast(4)), String(repeating: "A", count: 108)] {
            #expect(!PaytmChecksum.verify(text, broken, key: key))
        }
        #expect(PaytmChecksum.verify(text, PaytmChecksum.sign(text, key: key), key: key))
        var fields = [
            "MID": "M1", "ORDERID": "SYABCDEFGHIJKL", "TXNAMOUNT": "99.00", "STATUS": "TXN_SUCCESS", "TXNID": "T1",
            "CURRENCY": "INR", "BANKNAME": "null",
        ]
        let ofForm =
            "Af0KEeGFjpxWBKZoXZ4OeH7lamOA8oQK8wLo6TPLnXH7EO7ugtuSG1Y4hVtCfvSsN725MRf01K5psPeyYaHMkHvt8090BPqojSY7YTbd4xc="
        #expect(PaytmChecksum.verify(PaytmChecksum.text(of: fields), ofForm, key: key))
        fields["TXNAMOUNT"] = "9.00"
        #expect(!PaytmChecksum.verify(PaytmChecksum.text(of: fields), ofForm, key: key))
    }

    @Test func `PhonePe's is a name and a password`() throws {
        let phonepe = try providers([
            "PHONEPE_CLIENT_ID": "c", "PHONEPE_CLIENT_SECRET": "s", "PHONEPE_WEBHOOK_CREDENTIALS": "user:pass",
        ])[.phonepe]
        let body =
            #"{"event":"checkout.order.completed","payload":{"merchantOrderId":"SYABCDEFGHIJKL","state":"COMPLETED"}}"#
        #expect(try verdict(phonepe, ["authorization": Hash256.hex("user:pass")], body) != nil)
        #expect(try verdict(phonepe, ["authorization": Hash256.hex("user:Pass")], body) == nil)
        #expect(try verdict(phonepe, ["authorization": ""], body) == nil)
    }

    @Test func `an account that is set in part is complained of`() {
        #expect(throws: ConfigError.self) { try providers(["RAZORPAY_KEY_ID": "rzp_test_1"]) }
        #expect(throws: ConfigError.self) {
            try providers(["PAYMENT_SIMULATOR_URL": "http://127.0.0.1:1", "PAYMENT_MODE": "production"])
        }
    }
}
