import HTTP
import Model
import Runtime

extension APIFrame {
    /// What the server itself refuses is told like everything else, and leaves a line of the log under its request id.
    package func answer(to fault: ServerFault) -> Response {
        let shard = shards[fault.loop.index]
        let known = fault.unsent?["X-Request-Id"]
        // What came was no request; this one stands for it.
        let request = Request(
            .get, "/", headers: known.map { ["X-Request-Id": $0] } ?? [:], client: fault.client, loop: fault.loop)
        let call = makeCall(request, shard)
        var problem = Problem(Problem.Code(status: fault.status), fault.reason.isEmpty ? nil : fault.reason)
        if fault.status == 429 || fault.status == 503 { problem.retryAfter = .seconds(2) }
        var response = call.response(to: problem)
        answerHeaders.add(to: &response, call)
        // A request that was let in has its line already.
        if known == nil { log(fault, call) }
        return response
    }

    private func log(_ fault: ServerFault, _ call: Call) {
        var facts: LogMetadata = [
            "request.id": .string(call.id.description), "http.status": .int(fault.status),
            "reason": .string(fault.reason),
        ]
        if let client = fault.client { facts["client.address"] = .string(client.description) }
        log.info("no proper request", facts)
    }
}
