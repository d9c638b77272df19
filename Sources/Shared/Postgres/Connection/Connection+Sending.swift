import CPostgres
import Runtime

extension Connection {
    /// How many reads share a sync at most.
    private static let mostGathered = 16

    /// Adds the call to the reads that are gathered here already, if it may share their sync.
    func gathers(_ call: Call, depth: Int, on domain: isolated LoopDomain) -> Bool {
        guard !gathered.isEmpty, isShareable(depth: depth), !call.wasResent, let statement = call.order.statement,
            let entry = statements.known(statement)
        else { return false }
        call.prepared = entry
        guard mayShareSync(call) else {
            call.prepared = nil
            return false
        }
        call.sentAt = domain.now
        gather(call, on: domain)
        return true
    }

    /// Sends a call, or lets it wait for others of its kind until the end of the turn.
    func send(_ call: Call, on domain: isolated LoopDomain) {
        assert(domain.loop.isCurrent)
        call.sentAt = domain.now
        findPrepared(call)
        if mayShareSync(call) {
            gather(call, on: domain)
        } else {
            guard sendGathered(on: domain) else { return call.answer(throwing: lost) }
            calls.append(call)
            guard sendPrelude(of: call), sendRequest(of: call), cpostgres_sync(handle) == 1 else {
                return close(PostgresError.lastMessage(of: handle), on: domain)
            }
        }
        guard !mustFlush, !isClosed else { return }
        mustFlush = true
        domain.flushAtEndOfTurn(self)
    }

    private func gather(_ call: Call, on domain: isolated LoopDomain) {
        calls.append(call)
        gathered.append(call)
        if gathered.count == Self.mostGathered { sendGathered(on: domain) }
    }

    /// The second time nothing is left to chance: not whether the server still knows what was prepared, nor whether
    /// another call prepares it.
    private func findPrepared(_ call: Call) {
        guard !call.wasResent, let statement = call.order.statement else { return }
        let (entry, evicted) = statements.entry(for: statement)
        call.prepared = entry
        if let evicted, evicted.isSent { call.evicted = evicted }
    }

    /// The server sends the answers of a group only when all of it is done, so nothing slow may be in it.
    private func mayShareSync(_ call: Call) -> Bool {
        guard call.order.isShareable, let entry = call.prepared else { return false }
        return entry.isQuick && !entry.isWriter
    }

    /// Sends the gathered reads with one sync. They then are one transaction, so the server is told to let none of them
    /// write, and what fails is run again by itself. False when the connection broke.
    @discardableResult
    func sendGathered(on domain: isolated LoopDomain) -> Bool {
        guard let first = gathered.first, let last = gathered.last else { return true }
        if gathered.count > 1 { pool.meters.shared(gathered.count) }
        var isSent = first === last || sendReadOnly(before: first)
        for call in gathered where isSent {
            call.endsSync = call === last
            isSent = sendRequest(of: call)
        }
        gathered.removeAll(keepingCapacity: true)
        guard isSent, cpostgres_sync(handle) == 1 else {
            close(PostgresError.lastMessage(of: handle), on: domain)
            return false
        }
        return true
    }

    private func sendReadOnly(before call: Call) -> Bool {
        defer {
            call.answersToReadOnly = call.answersBefore
            call.readOnlyNumber = readOnlyNumber
        }
        if !knowsReadOnly {
            knowsReadOnly = true
            readOnlyNumber += 1
            call.answersBefore += 1
            guard PQsendPrepare(handle, readOnlyName, "set transaction read only", 0, nil) == 1 else { return false }
        }
        call.answersBefore += 1
        return PQsendQueryPrepared(handle, readOnlyName, 0, nil, nil, nil, 1) == 1
    }

    /// Another one each time it has to be prepared again: what became of the last one is uncertain.
    private var readOnlyName: String { "readonly\(readOnlyNumber)" }

    private func sendPrelude(of call: Call) -> Bool {
        guard let prelude = call.order.prelude else { return true }
        call.answersBefore += 1
        return sendCommand(prelude.description)
    }

    private func sendRequest(of call: Call) -> Bool {
        switch call.order.request {
        case .statement(let statement), .read(let statement): sendStatement(statement, of: call)
        case .command(let text), .script(let text), .copy(let text): sendCommand(text)
        }
    }

    private func sendCommand(_ text: String) -> Bool {
        PQsendQueryParams(handle, text, 0, nil, nil, nil, nil, 1) == 1
    }

    private func sendStatement(_ statement: SQL, of call: Call) -> Bool {
        guard let entry = call.prepared else { return sendUnprepared(statement) }
        if let evicted = call.evicted {
            call.answersBefore += 1
            guard sendCommand("deallocate \(evicted.name)") else { return false }
        }
        guard entry.isSent || sendPreparation(of: entry, for: call) else { return false }
        return arguments.withArguments(of: statement) { values, lengths, formats in
            PQsendQueryPrepared(
                handle, entry.name, Int32(statement.parameterCount), values, lengths, formats, 1) == 1
        }
    }

    private func sendUnprepared(_ statement: SQL) -> Bool {
        let types = statement.types.map(\.rawValue)
        return arguments.withArguments(of: statement) { values, lengths, formats in
            PQsendQueryParams(handle, statement.text, Int32(types.count), types, values, lengths, formats, 1) == 1
        }
    }

    private func sendPreparation(of entry: PreparedStatement, for call: Call) -> Bool {
        call.answersBefore += 1
        call.prepares = true
        entry.isSent = true
        let types = entry.statement.types.map(\.rawValue)
        return PQsendPrepare(handle, entry.name, entry.statement.text, Int32(types.count), types) == 1
    }

    private var lost: PostgresError { PostgresError(.connectionLost, "the connection broke before it was sent") }
}
