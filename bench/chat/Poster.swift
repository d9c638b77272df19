import Runtime

/// A keep-alive connection over which messages are posted, one at a time.
final class Poster: StreamHandler {
    private weak var driver: ChatDriver?
    private var connection: StreamConnection?
    private var text = MessageText()
    private var length = Spot("ontent-")
    /// The message whose answer is awaited.
    private var number: Int?

    init(for driver: ChatDriver) { self.driver = driver }

    func open(on connection: StreamConnection, _ domain: isolated LoopDomain) throws {
        self.connection = connection
        try connection.start(self, on: domain)
    }

    func close(on domain: isolated LoopDomain) {
        connection?.abort(on: domain)
        connection = nil
    }

    func post(_ number: Int, by person: Crowd.Person, on domain: isolated LoopDomain) {
        self.number = number
        let body = text.numbered(number)
        connection?.write(on: domain) { out in
            out.append(person.posting)
            out.append(body)
        }
    }

    func closed(_ connection: StreamConnection, because error: (any Error)?, on domain: isolated LoopDomain) {
        if number != nil { driver?.ledger.refused("the connection ended: \(error.map { "\($0)" } ?? "in order")") }
    }

    func received(
        _ bytes: UnsafeRawBufferPointer, from connection: StreamConnection, on domain: isolated LoopDomain
    ) -> Int {
        guard let number, let head = bytes.endOfHead else { return 0 }
        guard let length = contentLength(bytes, head) else {
            driver?.ledger.refused("no length in \(String(decoding: bytes.prefix(head), as: UTF8.self))")
            return bytes.count
        }
        guard bytes.count >= head + length else { return 0 }
        self.number = nil
        let isGood = bytes.number(at: 9) == 201
        if !isGood { driver?.ledger.refused(String(decoding: bytes.prefix(600), as: UTF8.self)) }
        driver?.answered(number, isGood: isGood, by: self, on: domain)
        return head + length
    }

    /// Servers write its name in several ways, and other headers begin alike.
    private func contentLength(_ bytes: UnsafeRawBufferPointer, _ head: Int) -> Int? {
        var start = 0
        while let end = length.end(in: bytes, from: start), end + 8 < head {
            // `Length: ` or `length: `.
            if bytes[end] | 0x20 == UInt8(ascii: "l"), bytes[end + 6] == UInt8(ascii: ":") {
                return bytes.number(at: end + 8)
            }
            start = end
        }
        return nil
    }
}
