import HTTP
import JSON
import Runtime

/// A call as a dialect reads it.
package struct SimulatedCall: Sendable {
    package let method: HTTPMethod
    /// Below the provider's own part of the path.
    package let path: [String]
    package let query: QueryParameters
    package let headers: HTTPHeaders
    package let body: [UInt8]
    /// Where the simulator is reached.
    package let base: String

    var json: JSONValue { (try? JSONCoder.decode(JSONValue.self, from: body)) ?? .null }
    var form: QueryParameters { QueryParameters(String(decoding: body, as: UTF8.self)) ?? QueryParameters() }

    func page(for reference: String) -> String { "\(base)/pay/\(reference)" }
}

/// What a dialect answers.
package struct SimulatedAnswer: Sendable {
    package let status: Int
    package let body: JSONValue

    static func ok(_ body: JSONValue) -> SimulatedAnswer { SimulatedAnswer(status: 200, body: body) }
    static let absent = SimulatedAnswer(status: 404, body: ["message": "there is no such thing"])
    static let refused = SimulatedAnswer(status: 400, body: ["message": "this cannot be done"])
    static let stranger = SimulatedAnswer(status: 401, body: ["message": "wrong keys"])
}

/// Something that a provider tells of.
package enum SimulatedEvent: Sendable {
    case payment(SimulatedPayment, SimulatedOrder)
    case refund(SimulatedRefund, SimulatedPayment, SimulatedOrder?)
    case dispute(SimulatedPayment)
}

/// A webhook on its way.
package struct SimulatedWebhook: Sendable {
    package var headers: HTTPHeaders
    package var body: [UInt8]
}

/// How one provider speaks.
package protocol Dialect: Sendable {
    var name: String { get }
    func answer(_ call: SimulatedCall, _ till: inout Till) -> SimulatedAnswer
    /// Signed as of now: a repetition may be signed anew.
    func webhooks(_ event: SimulatedEvent) -> [SimulatedWebhook]
    /// What a payment is called.
    func paymentID(_ number: String) -> String
}
