import CSystem
import Glibc

/// The bytes' way in and out of a connected socket, with or without TLS.
final class Transport {
    enum Outcome {
        case done(Int)
        case wouldBlock
        case closed
        case failed(any Error)
    }

    let descriptor: Int32
    private let tls: TLSSession?

    init(descriptor: Int32, tls: TLSSession?) {
        self.descriptor = descriptor
        self.tls = tls
    }

    var isEncrypted: Bool { tls != nil }

    func receive(into buffer: UnsafeMutableRawBufferPointer) -> Outcome {
        if let tls { return Outcome(tls.read(into: buffer)) }
        let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
        return count == 0 ? .closed : Outcome(systemCall: count, "receive")
    }

    func send(_ bytes: UnsafeRawBufferPointer) -> Outcome {
        if let tls { return Outcome(tls.write(bytes)) }
        let count = Glibc.send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
        return Outcome(systemCall: count, "send")
    }

    /// The peer reads an end; what it still sends arrives.
    func endSending() {
        tls?.sendCloseNotice()
        shutdown(descriptor, Int32(SHUT_WR))
    }

    /// Makes `close` reset the connection instead of keeping what the peer does not take.
    func forgetUnsent() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    }

    func close() {
        tls?.sendCloseNotice()
        Glibc.close(descriptor)
    }
}

extension Transport.Outcome {
    fileprivate init(systemCall result: Int, _ operation: String) {
        if result >= 0 {
            self = .done(result)
        } else if errno == EAGAIN || errno == EINTR {
            self = .wouldBlock
        } else {
            self = .failed(SystemError.last(operation))
        }
    }

    fileprivate init(_ outcome: TLSSession.Outcome) {
        switch outcome {
        case .done(let count): self = .done(count)
        case .wants: self = .wouldBlock
        case .closed: self = .closed
        case .failed(let error): self = .failed(error)
        }
    }
}
