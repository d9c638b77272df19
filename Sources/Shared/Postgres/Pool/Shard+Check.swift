import CPostgres
import Runtime

/// Whether the server answers, whatever the statements under way wait for: a question behind one that waits for a lock
/// would be answered after it, and a timely end of the question would be one of that statement's connection.
extension Shard {
    func check(within limit: Duration?) async throws {
        try await check(within: limit ?? config.statementLimit, on: loop.domain)
    }

    private func check(within limit: Duration, on domain: isolated LoopDomain) async throws {
        let pool = pool.value(on: domain)
        switch pool.signOfLife {
        case .seen: return
        case .askPool: _ = try await perform(Order(.statement("select 1"), within: limit), on: domain)
        case .askAnew: try await pool.probe(within: limit, on: domain)
        }
    }
}

extension Pool {
    /// What tells whether the server is there.
    fileprivate enum SignOfLife {
        /// It has answered just now.
        case seen
        /// There is a connection on which nothing goes before the question, or there is none yet.
        case askPool
        /// All connections wait for something.
        case askAnew
    }

    private static let freshness = Duration.seconds(1)

    fileprivate var signOfLife: SignOfLife {
        let isFree = connections.contains { $0.isIdle && $0.isShareable(depth: config.pipelineDepth) }
        if isFree || connections.isEmpty || isClosed { return .askPool }
        let now = MonotonicTime.now
        return connections.contains { now - $0.lastSync < Self.freshness } ? .seen : .askAnew
    }

    /// Connects, which the server answers a question for, and goes again.
    fileprivate func probe(within limit: Duration, on domain: isolated LoopDomain) async throws {
        var config = config
        config.connectLimit = min(config.connectLimit, limit)
        try await withUnsafeThrowingContinuation { (continuation: UnsafeContinuation<Void, any Error>) in
            Connector.open(config, threads: threads, on: domain) { [meters] outcome in
                switch outcome {
                case .success(let handle):
                    meters.connected()
                    PQfinish(handle)
                    meters.disconnected()
                    continuation.resume()
                case .failure(let error): continuation.resume(throwing: error)
                }
            }
        }
    }
}
