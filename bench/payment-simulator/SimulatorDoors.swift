import HTTP
import JSON
import Runtime

extension Simulator {
    /// Providers under `/razorpay/…` and so on, `/pay/{reference}` for people, `/control/…` for tests.
    package func handle(_ request: Request) async throws -> Response {
        let body = try await request.body.all(upTo: 1 << 20)
        let path = request.path.split(separator: "/").map(String.init)
        var headers = HTTPHeaders()
        for field in request.headers.fields { headers.add(field.name, field.value) }
        let call = call(request.method, Array(path.dropFirst()), request.query, headers, body)
        switch path.first {
        case "pay": return page(call)
        case "control": return Self.json(control(call))
        case let name?: return Self.json(answer(call, as: name))
        case nil: return Self.json(.absent)
        }
    }

    private static func json(_ answer: SimulatedAnswer) -> Response {
        Response(
            answer.status, headers: ["Content-Type": "application/json"],
            body: .bytes((try? JSONCoder.encode(answer.body)) ?? []))
    }

    // MARK: Control

    private func control(_ call: SimulatedCall) -> SimulatedAnswer {
        let asked = call.json
        switch (call.method, call.path.first) {
        case (.post, "pay"):
            let paid = pay(
                asked["reference"]?.string ?? "",
                asked["outcome"]?.string.flatMap { SimulatedPayment.State(rawValue: $0) } ?? .captured,
                amount: asked["amount"]?.wholeNumber, currency: asked["currency"]?.string,
                payment: asked["payment"]?.string, isTold: asked["told"]?.bool ?? true)
            return paid.map { .ok(["payment": .string($0.id)]) } ?? .absent
        case (.post, "refund"):
            let made = refund(
                asked["payment"]?.string ?? "", of: asked["provider"]?.string ?? "",
                amount: asked["amount"]?.wholeNumber)
            return made.map { .ok(["refund": .string($0.id)]) } ?? .refused
        case (.post, "dispute"):
            dispute(
                asked["payment"]?.string ?? "", of: asked["provider"]?.string ?? "", asked["state"]?.string ?? "open")
            return .ok([:])
        case (.put, "weather"):
            weather = Weather(asked)
            return .ok([:])
        case (.get, "mailbox"): return .ok(["waiting": .number(mailbox.count)])
        default: return .absent
        }
    }

    // MARK: For people

    private static let outcomes: [(String, SimulatedPayment.State, String)] = [
        ("pay", .captured, "Pay"), ("fail", .failed, "Fail"), ("pend", .pending, "Leave it pending"),
    ]

    private func page(_ call: SimulatedCall) -> Response {
        let reference = call.path.first.map { $0.filter { $0.isASCII && ($0.isLetter || $0.isNumber) } } ?? ""
        if call.method == .post {
            let chosen = call.form["outcome"].map(String.init)
            let outcome = Self.outcomes.first { $0.0 == chosen }?.1 ?? .captured
            guard let paid = pay(reference, outcome) else { return Self.html(404, "<p>There is no such order.") }
            return Self.html(200, "<p>The payment \(paid.id) is \(paid.state.rawValue). You can close this page.")
        }
        let buttons = Self.outcomes.map { word, _, text in
            "<button name=\"outcome\" value=\"\(word)\">\(text)</button> "
        }
        return Self.html(
            200,
            "<p>This is the payment simulator: no money moves. Order \(reference).<form method=\"post\">\(buttons.joined())</form>"
        )
    }

    private static func html(_ status: Int, _ text: String) -> Response {
        Response(
            status, headers: ["Content-Type": "text/html; charset=utf-8"],
            body: .bytes(Array("<!doctype html><title>Payment simulator</title>\(text)".utf8)))
    }
}
