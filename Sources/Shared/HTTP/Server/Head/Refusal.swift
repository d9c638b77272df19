/// Why a request is not taken: the status, and a sentence for whoever looks at it. The connection ends with it.
///
/// Reading a body throws it when the body is malformed or too slow.
public struct Refusal: Error, Equatable {
    public let status: Int
    public let reason: StaticString

    init(_ status: Int, _ reason: StaticString) {
        self.status = status
        self.reason = reason
    }

    public static func == (left: Refusal, right: Refusal) -> Bool {
        left.status == right.status && "\(left.reason)" == "\(right.reason)"
    }
}
