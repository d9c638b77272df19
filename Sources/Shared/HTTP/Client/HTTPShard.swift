import CCurl
import Runtime

/// The part of a client that belongs to one loop.
final class HTTPShard {
    private let options: HTTPClient.Options
    private let multi: CurlMulti
    private let turns: Turnstile

    init(_ options: HTTPClient.Options) {
        self.options = options
        multi = CurlMulti(idleConnections: options.idleConnections)
        turns = Turnstile(places: options.concurrentPerOrigin)
    }

    var openedConnections: Int { multi.sockets.opened }

    func send(
        _ request: HTTPRequest, to path: String?, on domain: isolated LoopDomain
    ) async throws(HTTPClientError) -> HTTPAnswer {
        let limits = request.limits ?? options.limits
        let deadline = MonotonicTime.now + limits.total
        var hop = try Hop(request, guardedBy: options.urlGuard)
        for _ in 0...request.redirects {
            let file = try path.map { path throws(HTTPClientError) in try DownloadFile(path: path) }
            let answer = try await exchange(hop, limits, until: deadline, into: file, on: domain)
            guard request.redirects > 0, let next = try hop.following(answer, guardedBy: options.urlGuard) else {
                if answer.isSuccess { try file?.keep() }
                return answer
            }
            hop = next
        }
        throw .tooManyRedirects(limit: request.redirects)
    }

    private func exchange(
        _ hop: Hop, _ limits: HTTPLimits, until deadline: MonotonicTime, into file: DownloadFile?,
        on domain: isolated LoopDomain
    ) async throws(HTTPClientError) -> HTTPAnswer {
        do {
            try await turns.enter(hop.url.origin, within: deadline - .now, on: domain)
            defer { turns.leave(hop.url.origin, on: domain) }
            let exchange = try HTTPExchange(hop.request, at: hop.url, limits: limits, options: options, into: file)
            let code = try await run(exchange, idle: limits.idle, within: deadline - .now, on: domain)
            if let error = exchange.error(for: code, limits: limits) { throw error }
            return HTTPAnswer(
                status: exchange.status, headers: exchange.headers, body: exchange.body, url: hop.url,
                certificateEnd: options.looksAtCertificates ? exchange.certificateEnd : nil)
        } catch let error as HTTPClientError {
            throw error
        } catch is CancellationError {
            throw .cancelled
        } catch {
            throw .timeout(.total)
        }
    }

    private func run(
        _ exchange: HTTPExchange, idle: Duration, within limit: Duration, on domain: isolated LoopDomain
    ) async throws -> CURLcode {
        var watch: IdleWatch?
        defer { watch?.stop(on: domain) }
        return try await multi.run(exchange, within: limit, on: domain) { id in
            watch = IdleWatch(exchange, limit: idle, failing: id, with: HTTPClientError.timeout(.idle), on: domain)
        }
    }

    func shutDown(on domain: isolated LoopDomain) {
        multi.close(throwing: HTTPClientError.shutDown, on: domain)
        turns.close(throwing: HTTPClientError.shutDown, on: domain)
    }
}
