import Crypto
import HTTP
import Model
import Queue
import Runtime

extension Call {
    /// Runs `body` in a transaction. Under an idempotency key its answer is kept there, and given again to whoever sends the
    /// same request. A refusal is not kept, since it had no effect.
    package func keepingAnswer(_ body: (JobTransaction) async throws -> Response) async throws -> Response {
        guard let key = try answerKey() else { return try await parts.durable.transaction { try await body($0) } }
        let digest = requestDigest()
        return try await parts.durable.transaction { transaction in
            guard try await KeptAnswer.lock(key, on: transaction) else { throw Self.inProgress }
            if let kept = try await KeptAnswer.find(key, on: transaction) { return try kept.response(to: digest) }
            let response = try await body(transaction)
            if let answer = KeptAnswer(response, digest) { try await answer.keep(under: key, on: transaction) }
            return response
        }
    }

    /// The key of the request; nil without one.
    func idempotencyKey() throws(Problem) -> String? {
        guard let key = request.headers["Idempotency-Key"] else { return nil }
        guard request.headers.all("Idempotency-Key").count == 1 else {
            throw Problem(.badRequest, "More than one Idempotency-Key")
        }
        guard (1...255).contains(key.utf8.count), key.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw Problem(.badRequest, "Idempotency-Key must have 1 to 255 visible ASCII characters")
        }
        return key
    }

    private func answerKey() throws(Problem) -> AnswerKey? {
        guard let key = try idempotencyKey() else { return nil }
        return AnswerKey(user: try user, route: routeName, key: key)
    }

    /// Of all that makes it this request.
    private func requestDigest() -> [UInt8] {
        Hash.sha256(Array("\(request.path)?\(request.query ?? "")\n".utf8) + body)
    }

    private static var inProgress: Problem {
        var problem = Problem(.requestInProgress, "A request with this Idempotency-Key is being worked on")
        problem.retryAfter = .seconds(1)
        return problem
    }
}

extension KeptAnswer {
    /// Nil for what is not kept: refusals, and bodies that are not at hand.
    fileprivate init?(_ response: Response, _ digest: [UInt8]) {
        guard (200..<300).contains(response.status) else { return nil }
        switch response.body {
        case .none: body = []
        case .bytes(let bytes): body = bytes
        default: return nil
        }
        status = response.status
        location = response.headers["Location"]
        self.digest = digest
    }

    fileprivate func response(to digest: [UInt8]) throws(Problem) -> Response {
        guard digest == self.digest else {
            throw Problem(.idempotencyKeyReused, "This Idempotency-Key was used for another request")
        }
        var response = Response(status, headers: ["Idempotency-Replayed": "true"])
        if let location { response.headers.add("Location", location) }
        guard !body.isEmpty else { return response }
        response.headers.add("Content-Type", "application/json")
        response.body = .bytes(body)
        return response
    }
}
