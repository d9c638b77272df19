import Runtime

/// What a listener hears.
public enum Heard: Sendable, Equatable {
    /// It listens from now on. Comes first.
    case listening
    case notification(channel: String, payload: String)
    /// Something may have been missed: the connection broke and is there again, or the hearer was too slow.
    case gap
}

extension Database {
    /// Listens on a connection of its own, which is made again whenever it breaks, until the sequence is dropped.
    public func listen(to channels: [String], buffering limit: Int = 1024) -> AsyncStream<Heard> {
        let loop = loops.next()
        let (stream, hearer) = AsyncStream<Heard>.makeStream(bufferingPolicy: .bufferingOldest(limit))
        let bound = LoopBound(Listener(config, channels: channels, threads: threads, hearer: hearer), to: loop)
        hearer.onTermination = { _ in
            loop.execute { domain in bound.value(on: domain).stop(on: domain) }
        }
        loop.execute { domain in bound.value(on: domain).connect(on: domain) }
        return stream
    }
}
