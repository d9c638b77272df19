import JSON

/// One route in the document.
struct OpenAPIOperation<Call: RouteCall>: JSONWritable {
    let route: Route<Call>
    let refusals: [Call.Code]
    let problem: JSONSchema

    func write(json: inout JSONWriter) {
        json.object { json in
            json.member("operationId", operationID)
            json.member("tags", [route.tag])
            json.member("summary", route.summary)
            json.member("description", ifPresent: details)
            json.member("x-feature", ifPresent: route.need?.feature)
            writeParameters(&json)
            writeBody(&json)
            writeAnswers(&json)
            writeSecurity(&json)
        }
    }

    private var details: String? {
        guard let need = route.need else { return route.details }
        let share = need.amount > 0 ? "Takes \(need.amount) of the month's share of" : "Needs a plan with"
        return [route.details, "\(share) `\(need.feature)`."].compactMap { $0 }.joined(separator: " ")
    }

    /// `getUsersById` for `GET /api/v1/users/{id}`.
    private var operationID: String {
        let words = route.ownPattern.segments.flatMap { segment -> [String] in
            switch segment {
            case .literal(let text): text.split { !$0.isLetter && !$0.isNumber }.map(String.init)
            case .parameter(let name, let suffix):
                ["by", name] + suffix.split { !$0.isLetter && !$0.isNumber }.map { "as" + $0.capitalizedFirst }
            }
        }
        return route.method.rawValue.lowercased() + words.map { Substring($0).capitalizedFirst }.joined()
    }

    // MARK: What it takes

    private func writeParameters(_ json: inout JSONWriter) {
        let hasKey = route.idempotency == .kept || route.idempotency == .own
        guard !route.input.parameters.isEmpty || hasKey else { return }
        json.key("parameters")
        json.array { json in
            for parameter in route.input.parameters { write(parameter, &json) }
            if hasKey { write(Self.idempotencyKey, &json) }
        }
    }

    private static var idempotencyKey: InputDescription.Parameter {
        InputDescription.Parameter(
            name: "Idempotency-Key", place: .header, isRequired: false,
            schema: .string(1...255, pattern: "^[!-~]*$").described(
                "The same request with the same key has its effect once, and gets the first answer again for a day."))
    }

    private func write(_ parameter: InputDescription.Parameter, _ json: inout JSONWriter) {
        var schema = parameter.schema
        let text = schema.text
        schema.text = nil
        // In a query or a header nothing is null: it is there, or it is not.
        schema.isNullable = false
        json.object { json in
            json.member("name", parameter.name)
            json.member("in", parameter.place.rawValue)
            json.member("required", parameter.isRequired)
            json.member("description", ifPresent: text)
            json.member("schema", schema)
        }
    }

    private func writeBody(_ json: inout JSONWriter) {
        switch route.body {
        case .none: return
        case .json:
            json.key("requestBody")
            json.object { json in
                json.member("required", route.input.needsBody)
                json.key("content")
                json.object { json in Self.write("application/json", route.input.body, &json) }
            }
        case .raw(let types):
            json.key("requestBody")
            json.object { json in
                json.member("required", true)
                json.key("content")
                json.object { json in
                    for type in types { Self.write(type, JSONSchema.any, &json) }
                }
            }
        }
    }

    private static func write(_ type: String, _ schema: JSONSchema, _ json: inout JSONWriter) {
        json.key(type)
        json.object { json in json.member("schema", schema) }
    }

    // MARK: What it answers

    private func writeAnswers(_ json: inout JSONWriter) {
        json.key("responses")
        json.object { json in
            for answer in answers.sorted(by: { $0.status < $1.status }) {
                json.key("\(answer.status)")
                write(answer, &json)
            }
        }
    }

    /// One for each status: what the route answers, and what it refuses with.
    private var answers: [DeclaredAnswer] {
        var byStatus = Dictionary(uniqueKeysWithValues: route.answers.map { ($0.status, $0) })
        for (status, codes) in Dictionary(grouping: refusals, by: \.status) {
            let names = codes.map { "`\($0.name)`" }.joined(separator: ", ")
            let text = byStatus[status]?.text ?? DeclaredAnswer(status).text
            var answer = DeclaredAnswer(status, "\(text): \(names)")
            answer.contents =
                (byStatus[status]?.contents ?? []) + [.init(type: "application/problem+json", schema: problem)]
            answer.headers = Self.headers(of: status)
            byStatus[status] = answer
        }
        return Array(byStatus.values)
    }

    private func write(_ answer: DeclaredAnswer, _ json: inout JSONWriter) {
        json.object { json in
            json.member("description", answer.text)
            Self.write(answer.headers, &json)
            guard !answer.contents.isEmpty else { return }
            json.key("content")
            json.object { json in
                for content in answer.contents { Self.write(content.type, content.schema, &json) }
            }
        }
    }

    private static func headers(of status: Int) -> [DeclaredAnswer.Header] {
        let seconds = JSONSchema.integer(0...Int64(Int32.max))
        let wait = DeclaredAnswer.Header(name: "Retry-After", text: "Seconds to wait.", schema: seconds)
        switch status {
        case 429:
            return [
                wait, .init(name: "RateLimit-Limit", text: "Requests in a window.", schema: seconds),
                .init(name: "RateLimit-Remaining", text: "What is left of them.", schema: seconds),
                .init(name: "RateLimit-Reset", text: "Seconds until there is more.", schema: seconds),
            ]
        case 503: return [wait]
        default: return []
        }
    }

    private static func write(_ headers: [DeclaredAnswer.Header], _ json: inout JSONWriter) {
        guard !headers.isEmpty else { return }
        json.key("headers")
        json.object { json in
            for header in headers {
                json.key(header.name)
                json.object { json in
                    json.member("description", header.text)
                    json.member("schema", header.schema)
                }
            }
        }
    }

    private func writeSecurity(_ json: inout JSONWriter) {
        let schemes: [[String: [String]]]
        switch route.access {
        case .open, .signed: schemes = []
        case .optional: schemes = [[:], ["bearer": []]]
        case .user, .admin: schemes = [["bearer": []]]
        }
        json.member("security", schemes)
    }
}

extension Substring {
    fileprivate var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
