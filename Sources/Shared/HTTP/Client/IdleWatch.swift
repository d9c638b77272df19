import Runtime

/// Ends a transfer in which nothing has moved for too long since its connection stood.
final class IdleWatch {
    private let transfer: CurlTransfer
    private let limit: Duration
    private let id: ParkingID
    private let error: any Error
    private var timer: TimerToken?

    init(
        _ transfer: CurlTransfer, limit: Duration, failing id: ParkingID, with error: any Error,
        on domain: isolated LoopDomain
    ) {
        self.transfer = transfer
        self.limit = limit
        self.id = id
        self.error = error
        look(after: limit, on: domain)
    }

    private func look(after delay: Duration, on domain: isolated LoopDomain) {
        timer = domain.schedule(after: delay) { [weak self] in
            guard let self else { return }
            // Until the connection stands, its own limit counts.
            let rest = limit - (MonotonicTime.now - (transfer.lastActivity ?? .now))
            if rest > .zero {
                look(after: rest, on: domain)
            } else {
                domain.unpark(id, throwing: error)
            }
        }
    }

    func stop(on domain: isolated LoopDomain) {
        if let timer { domain.cancel(timer) }
    }
}
