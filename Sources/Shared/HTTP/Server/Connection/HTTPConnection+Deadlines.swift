import Runtime

extension HTTPConnection {
    /// Cuts the connection off when its time is over; else says when to look again.
    func inspect(at now: MonotonicTime, on domain: isolated LoopDomain) -> MonotonicTime? {
        let options = shard.options
        let later = now + options.slowTime
        if stream.isBlocked {
            if sending.isTooSlow(stream.sentBytes, at: now, options) { return cut(.answer, on: domain) }
            since = now
            return later
        }
        sending.restart()
        switch input {
        case .held, .upgrading: return later
        case .body: return inspectBody(at: now, on: domain)
        case .dropped: return inspect(until: since + options.lingerTime, .farewell, now, on: domain)
        case .head:
            if isPartial || requestCount == 0 {
                return inspect(until: since + options.headTime, .head, now, on: domain)
            }
            return inspect(until: since + options.idleTime, .idle, now, on: domain)
        }
    }

    private func inspect(
        until deadline: MonotonicTime, _ phase: CutPhase, _ now: MonotonicTime, on domain: isolated LoopDomain
    ) -> MonotonicTime? {
        deadline > now ? deadline : cut(phase, on: domain)
    }

    /// A body that waits for its reader is not late.
    private func inspectBody(at now: MonotonicTime, on domain: isolated LoopDomain) -> MonotonicTime? {
        if let body = exchange?.body {
            if body.heldBytes > 0 || exchange?.owesContinue == true {
                receiving.restart()
                return now + shard.options.slowTime
            }
            if receiving.isTooSlow(body.received, at: now, shard.options) { return cut(.body, on: domain) }
            return now + shard.options.slowTime
        }
        // Nobody reads it any more: the little that is left has to come soon.
        return inspect(until: since + shard.options.slowTime, .body, now, on: domain)
    }

    private func cut(_ phase: CutPhase, on domain: isolated LoopDomain) -> MonotonicTime? {
        shard.meters.cut(phase)
        if phase == .body, let body = exchange?.body {
            // Who reads it hears of it and answers, or else the farewell ends the connection.
            exchange?.keepsAlive = false
            input = .dropped
            since = domain.now
            body.fail(Refusal(408, "the body did not come in time"))
            return domain.now + shard.options.lingerTime
        }
        if phase == .head, isPartial {
            refuse(Refusal(408, "the request did not come in time"), on: domain)
            return domain.now + shard.options.lingerTime
        }
        // Who does not read would have the kernel keep what we have sent.
        if phase == .answer { stream.abort(on: domain) } else { stream.close(on: domain) }
        return nil
    }
}

/// What a connection was doing when its time was over.
enum CutPhase: String, CaseIterable {
    case head, body, answer, idle, farewell
}
