import HTTP
import JSON
import Model
import QRCodes
import Runtime

/// `yardctl payments …`: whether payments are set up right, before anybody pays.
enum PaymentSetupCommands {
    static let testQR = Command(
        path: "payments test-qr", summary: "draw a QR code that a UPI app can pay",
        details: ["It asks for money to UPI_PA under a reference that no order has: pay it only to try."],
        options: [.init(name: "amount", value: "RUPEES", summary: "how much (default 1.00)")]
    ) { invocation, session in
        let text = invocation.option("amount") ?? "1.00"
        guard let amount = Money.minor(text), amount > 0 else {
            throw UsageError("--amount: \"\(text)\" is not an amount like 99.00", command: invocation.command)
        }
        guard let payload = try session.load(PaymentsConfig.self).testPayload(of: amount) else {
            throw CommandFailure("nobody is paid by UPI directly", hint: "set UPI_PA and UPI_PN", code: .config)
        }
        if invocation.wantsJSON {
            session.console.print(["payload": .string(payload)])
        } else {
            session.console.print(QRCode(payload)?.text ?? "")
            session.console.print(payload)
        }
        return .clean
    }

    static let validate = Command(
        path: "payments validate-config", summary: "show which providers are set up, and what is wrong with it",
        details: ["Ends with 78 when something is wrong, and says what."]
    ) { invocation, session in
        var reader = ConfigReader(session.environment)
        let payments = PaymentsConfig(from: &reader)
        _ = InvoiceConfig(from: &reader)
        _ = ReconciliationConfig(from: &reader)
        let standings = payments.standings(HTTPClient(on: session.loops))
        let complaints = reader.complaints
        if invocation.wantsJSON {
            session.console.print([
                "providers": .array(standings.map(\.json)),
                "complaints": .array(complaints.map { .string("\($0)") }),
            ])
        } else {
            session.console.print(table(of: standings))
            for complaint in complaints { session.console.note("\(complaint)") }
        }
        return complaints.isEmpty ? .clean : .config
    }

    private static func table(of standings: [ProviderStanding]) -> Table {
        var table = Table([
            .init(title: "PROVIDER"), .init(title: "KEYS"), .init(title: "CURRENCIES"), .init(title: "WEBHOOKS AT"),
            .init(title: "CAN", least: 10),
        ])
        for one in standings {
            let door = one.capabilities.contains(.webhooks) ? "/webhooks/payments/\(one.name.rawValue)" : ""
            table.add(
                Table.Cell(one.name.rawValue, one.setup == .none ? .dim : .none), Table.Cell(one.setup.words),
                Table.Cell(one.currencies.joined(separator: " ")), Table.Cell(door),
                Table.Cell(one.capabilities.words.joined(separator: " ")))
        }
        return table
    }

    // MARK: Webhooks

    static let verify = Command(
        path: "payments verify-secret", summary: "check whether a webhook that was caught is signed with our secret",
        details: ["Nothing is stored. Ends with 1 when the signature is another."],
        parameters: [
            .init(name: "PROVIDER", summary: "whose it is", choices: ProviderName.allCases.map(\.rawValue)),
            .init(name: "FILE", summary: "its body, byte by byte", words: .files),
        ],
        options: [
            .init(name: "header", value: "NAME:VALUE", summary: "a header that came with it; may be repeated"),
            .init(name: "at", value: "TIME", summary: "when it came (default now)"),
        ],
        examples: [
            (
                "razorpay body.json --header 'X-Razorpay-Signature: 3f…'", "say whether Razorpay's secret made it"
            )
        ]
    ) { invocation, session in
        let provider = try provider(invocation, session)
        let body = try TextFile.contents(of: invocation.word("FILE"), limit: 1 << 20).toArray()
        let webhook = IncomingWebhook(
            headers: try headers(invocation), body: body, receivedAt: try invocation.past("at") ?? .now)
        let outcome: (isGenuine: Bool, text: String)
        do throws(WebhookRefusal) {
            let note = try provider.check(webhook)
            outcome = (true, "genuine: \(note.type), known as \(note.key)")
        } catch .forged(let why) { outcome = (false, "not signed with our secret: \(why)") } catch {
            outcome = (true, "signed with our secret, but cannot be read: \(error)")
        }
        if invocation.wantsJSON {
            session.console.print(["genuine": .bool(outcome.isGenuine), "detail": .string(outcome.text)])
        } else {
            session.console.print(outcome.text)
        }
        return outcome.isGenuine ? .clean : .finding
    }

    static let simulate = Command(
        path: "payments simulate-webhook", summary: "let the payment simulator pay an order, and send its webhook",
        details: ["Only where PAYMENT_SIMULATOR_URL is set: no money moves."],
        parameters: [.init(name: "REFERENCE", summary: "the order's transactionRef")],
        options: [
            .init(
                name: "outcome", value: "STATE", summary: "what becomes of the payment (default captured)",
                choices: ["captured", "failed", "pending", "authorized"]),
            .init(name: "amount", value: "MINOR", summary: "another amount than the order's, in minor units"),
        ]
    ) { invocation, session in
        var reader = ConfigReader(session.environment)
        guard let url = reader.readIfSet("PAYMENT_SIMULATOR_URL", .webAddress) else {
            throw CommandFailure(
                "no payments are simulated here", hint: "PAYMENT_SIMULATOR_URL is not set", code: .config)
        }
        var wish: [String: JSONValue] = [
            "reference": .string(invocation.word("REFERENCE")),
            "outcome": .string(invocation.option("outcome") ?? "captured"),
        ]
        if let amount = try invocation.count("amount", in: 1...1_000_000_000) {
            wish["amount"] = .number(Int64(amount))
        }
        let place = (url.hasSuffix("/") ? String(url.dropLast()) : url) + "/control/pay"
        let answer = try await HTTPClient(on: session.loops).send(
            HTTPRequest(
                .post, place, headers: ["Content-Type": "application/json"],
                body: .bytes(try JSONCoder.encode(JSONValue.object(wish)))))
        guard answer.isSuccess,
            let payment = try? JSONCoder.decode(JSONValue.self, from: answer.body)["payment"]?.string
        else {
            throw CommandFailure("the simulator knows no order of that reference", code: .finding)
        }
        if invocation.wantsJSON {
            session.console.print(["payment": .string(payment)])
        } else {
            session.console.print("The payment \(payment) has happened, and its webhook is on its way.")
        }
        return .clean
    }

    // MARK: Words

    private static func provider(_ invocation: Invocation, _ session: Session) throws -> any PaymentProvider {
        let word = invocation.word("PROVIDER")
        let config: PaymentsConfig = try session.load()
        guard let name = ProviderName(rawValue: word),
            let provider = Providers(config, http: HTTPClient(on: session.loops))[name]
        else {
            throw CommandFailure("\(word) is not set up", hint: "see yardctl payments validate-config", code: .config)
        }
        return provider
    }

    private static func headers(_ invocation: Invocation) throws -> [String: String] {
        var headers: [String: String] = [:]
        for line in invocation.options(named: "header") {
            guard let colon = line.firstIndex(of: ":") else {
                throw UsageError("--header: \"\(line)\" is not NAME:VALUE", command: invocation.command)
            }
            headers[line[..<colon].lowercased()] = String(line[line.index(after: colon)...].drop { $0 == " " })
        }
        return headers
    }
}

extension ProviderStanding.Setup {
    fileprivate var words: String {
        switch self {
        case .keys: "set"
        case .simulated: "simulated: no money moves"
        case .none: "-"
        }
    }
}

extension ProviderStanding {
    fileprivate var json: JSONValue {
        [
            "name": .string(name.rawValue), "setup": .string(setup.rawValue),
            "currencies": .array(currencies.map { .string($0) }),
            "can": .array(capabilities.words.map { .string($0) }),
        ]
    }
}
