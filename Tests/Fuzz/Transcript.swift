@testable import HTTP

/// One request, as the server above the parser sees it.
struct SeenRequest: Equatable {
    let head: ParsedHead
    let headers: RequestHeaders
    let path: String
    var body: [UInt8] = []

    init(_ head: ParsedHead, _ fields: [FieldSlice], _ bytes: RawSpan) {
        self.head = head
        let copy = RequestHead.copying(fields, bytes.extracting(0..<head.length))
        headers = RequestHeaders(copy)
        path = head.path.isEmpty ? "/" : copy.text(head.path)
    }

    static func == (left: SeenRequest, right: SeenRequest) -> Bool {
        left.path == right.path && left.headers.fields == right.headers.fields && left.body == right.body
            && left.head.method == right.head.method && left.head.framing == right.head.framing
            && left.head.keepsAlive == right.head.keepsAlive
    }
}

/// What a connection makes of bytes: requests, and how it ended.
struct Transcript: Equatable {
    enum Event: Equatable {
        case client(IPAddress?)
        case request(SeenRequest)
        case refused(Refusal)
    }

    private(set) var events: [Event] = []
    private var parser = HeadParser(HTTPServerOptions())
    private var body: BodyReader?
    private var request: SeenRequest?
    private var mayBeProxied: Bool

    static func == (left: Transcript, right: Transcript) -> Bool { left.events == right.events }

    /// Offers the bytes in pieces of these sizes, again and again; what is not used comes again with the next.
    static func of(_ bytes: RawSpan, in sizes: [Int], isTrusted: Bool) -> Transcript {
        var transcript = Transcript(mayBeProxied: isTrusted)
        var (start, end, piece) = (0, 0, 0)
        while end < bytes.byteCount, !transcript.isOver {
            end = min(bytes.byteCount, end + max(1, sizes[piece % sizes.count]))
            piece += 1
            while start < end, !transcript.isOver {
                let used = transcript.take(bytes.extracting(start..<end))
                if used == 0 { break }
                start += used
            }
        }
        return transcript
    }

    private init(mayBeProxied: Bool) { self.mayBeProxied = mayBeProxied }

    private var isOver: Bool {
        if case .refused = events.last { true } else { false }
    }

    private mutating func take(_ bytes: RawSpan) -> Int {
        do throws(Refusal) {
            if body != nil { return try takeBody(bytes) }
            if mayBeProxied, let used = try takeProxyHeader(bytes) { return used }
            guard let head = try parser.parse(bytes) else { return 0 }
            begin(SeenRequest(head, parser.fields, bytes), BodyReader(head.framing))
            return head.length
        } catch {
            events.append(.refused(error))
            return bytes.byteCount
        }
    }

    private mutating func takeProxyHeader(_ bytes: RawSpan) throws(Refusal) -> Int? {
        switch try ProxyHeader.read(bytes) {
        case .incomplete: return 0
        case .absent:
            mayBeProxied = false
            return nil
        case .found(let length, let source):
            mayBeProxied = false
            events.append(.client(source))
            return length
        }
    }

    private mutating func begin(_ request: SeenRequest, _ reader: BodyReader) {
        if reader.isComplete { return events.append(.request(request)) }
        self.request = request
        body = reader
    }

    private mutating func takeBody(_ bytes: RawSpan) throws(Refusal) -> Int {
        guard var reader = body else { return 0 }
        let step = try reader.next(bytes)
        let used = step.framing + step.data
        precondition(used <= bytes.byteCount, "took more than there was")
        for position in step.framing..<used { request?.body.append(bytes[position]) }
        body = reader.isComplete ? nil : reader
        if reader.isComplete, let request { events.append(.request(request)) }
        return used
    }
}
